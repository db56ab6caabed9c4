fn twice(x) = 2 * x

fn twice(x) = x + x
