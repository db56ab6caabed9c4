fn f(x) = x +

fn after(x) = x
