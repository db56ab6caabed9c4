fn square(x) = x ** 2
fn both(a, b) = a && !b || a === b
