fn relu(x) = if x > 0 then x

fn after(x) = x
