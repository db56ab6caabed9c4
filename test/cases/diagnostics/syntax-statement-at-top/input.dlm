param W: [4, 1] ~ glorot()

fn after(x) = x
