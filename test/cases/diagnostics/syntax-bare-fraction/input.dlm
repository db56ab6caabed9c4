fn leaky(x) = max(.01 * x, x)
