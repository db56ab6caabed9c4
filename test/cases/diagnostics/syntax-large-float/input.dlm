let BIG = 1e999
