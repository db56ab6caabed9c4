let DIM = 64 $ 2

fn f(x) = x * DIM
