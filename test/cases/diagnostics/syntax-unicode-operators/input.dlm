fn f(x) = x × 2 − 1 ≤ 3
