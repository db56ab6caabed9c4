fn f(x) = max(x, 0]

fn after(x) = x
