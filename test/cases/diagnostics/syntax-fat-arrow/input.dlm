fn square(x) => x^2

fn after(x) = x
