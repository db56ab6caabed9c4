fn pick(c, a, b) = if c = 1 then a else b

fn after(x) = x
