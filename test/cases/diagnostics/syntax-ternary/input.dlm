fn pick(c, a, b) = c ? a : b

fn after(x) = x
