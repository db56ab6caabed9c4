import * from "./layers.dlm"

fn after(x) = x
