let eye[i < 3, j < 3] = i == j
let a, b = 3
let n: int = 3
let z ~ normal()
