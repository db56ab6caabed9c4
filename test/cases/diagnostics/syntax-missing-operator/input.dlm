fn twice(x) = 2x

fn after(x) = x
