/// Another view of each picture: a part of it at full size, perhaps mirrored, brighter or darker.
block View(least = 0.3, light = 0.5)(x: [B, H, W, C]) -> [B, H, W, C] {
  let area: [B, 1, 1] ~ uniform(least, 1)
  let ratio: [B, 1, 1] ~ uniform(0.85, 1.15)
  let right: [B, 1, 1] ~ uniform(-1, 1)
  let down: [B, 1, 1] ~ uniform(-1, 1)
  let mirrored: [B, 1, 1] ~ bernoulli(0.5)
  let brightness: [B, 1, 1, 1] ~ uniform(1 - light, 1 + light)

  let width = sqrt(area)
  let height = width * ratio
  // Where each pixel of the view lies in the picture, whose edges are at -1 and 1.
  let across[w < W] = (2 * w + 1) / W - 1
  let along[h < H] = (2 * h + 1) / H - 1
  let u = (1 - 2 * mirrored) * width * across + right * max(0, 1 - width)
  let v = height * unsqueeze(along, 1) + down * max(0, 1 - height)
  let places = stack(expand(u, [B, H, W]), expand(v, [B, H, W]), axis = -1)
  return brightness * grid_sample(x, places)
}

/// Pictures of 14 x 14 to 128 features.
model Encoder(image: [B, 14, 14, 1]) -> [B, 128] {
  return image
    -> Conv(16, 3, stride = 2, pad = 1) -> BatchNorm() -> relu
    -> Conv(64, 3, stride = 2, pad = 1) -> BatchNorm() -> relu
    -> global_avg_pool -> Dense(128) -> relu
}

/// Two views of a picture shall be nearer to each other than to those of all other pictures of the
/// batch (SimCLR, Chen et al., 2020). No label is read.
train SimClr(tau = 0.3) {
  data image: [B, 14, 14, 1]
  let encode = Encoder()
  let project = FeedForward(64, act = relu)
  let views = concat(image, image, axis = 0) -> View()
  minimize mean(nt_xent(project(encode(views)), tau)) using Adam(lr = 2e-3)
  batch: 200
  epochs: 5
}

/// A linear classifier on features that stay as they are.
model LinearProbe(classes = 10)(features: [B, 128]) -> [B, classes] {
  return features -> BatchNorm(affine = false) -> Dense(classes)
}

train Probe {
  data features: [B, 128], label: int[B]
  let net = LinearProbe()
  let logits = net(features)
  minimize mean(cross_entropy(logits, label)) using Adam(lr = 3e-3)
  metric accuracy = mean(argmax(logits) == label)
  batch: 100
  epochs: 60
}
