model Net(image: [B, 28, 28, 1]) -> [B, 10] {
  // The first layer looks at 3x3 patches.
  // Its argument is misspelt.
  let y = image -> Conv(32, kernal = 3)
  return y -> flatten -> Dense(10)
}
