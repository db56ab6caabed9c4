// Rounded down; by 0 it is 0.
fn floorDiv(a: i32, b: i32) -> i32 {
  if (b == 0) {
    return 0;
  }
  let quotient = a / b;
  let rest = a - quotient * b;
  return select(quotient, quotient - 1, rest != 0 && ((rest < 0) != (b < 0)));
}

// (x: f32[B, 7], W: f32[7, 13], b: f32[13]) -> select0: f32[B, 13]
// source.dlm:3:15  return x -> Dense(13) -> relu -> Dense(3)
// layers.dlm
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> W: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> select0: array<f32>;
@group(0) @binding(4) var<uniform> numbers: array<vec4i, 1>;

@compute @workgroup_size(64)
fn dense(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let B = numbers[0].x;
  let element = i32((group.y * groups.x + group.x) * 64u + member);
  if (element >= 13 * B) {
    return;
  }
  let i = element / 13;
  let j = element % 13;
  var sum0 = 0.0;
  let at0 = i * 7;
  for (var x1 = 0; x1 < 7; x1++) {
    sum0 += x[at0 + x1] * W[j + x1 * 13];
  }
  let t0 = sum0 + b[j];
  select0[i * 13 + j] = select(t0, 0.0, t0 <= 0.0);
}

// (select1: f32[B, 13], W0: f32[13, 3], b0: f32[3], y: f32[B, 3]) -> sub: f32[B, 3]
// source.dlm:3:36  return x -> Dense(13) -> relu -> Dense(3)
// layers.dlm
@group(0) @binding(0) var<storage, read> select1: array<f32>;
@group(0) @binding(1) var<storage, read> W0: array<f32>;
@group(0) @binding(2) var<storage, read> b0: array<f32>;
@group(0) @binding(3) var<storage, read> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> sub: array<f32>;
@group(0) @binding(5) var<uniform> numbers0: array<vec4i, 1>;

@compute @workgroup_size(64)
fn dense1(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let B = numbers0[0].x;
  let element = i32((group.y * groups.x + group.x) * 64u + member);
  if (element >= 3 * B) {
    return;
  }
  let i = element / 3;
  let j = element % 3;
  var sum0 = 0.0;
  let at0 = i * 13;
  for (var x1 = 0; x1 < 13; x1++) {
    sum0 += select1[at0 + x1] * W0[j + x1 * 3];
  }
  let at1 = i * 3 + j;
  sub[at1] = sum0 + b0[j] - y[at1];
}

// (sub0: f32[B, 3]) -> loss: f32[]
// source.dlm:10:12  minimize mean((net(x) - y)^2) using Adam(lr = 1e-2)
// tensor.dlm
@group(0) @binding(0) var<storage, read> sub0: array<f32>;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(0) @binding(2) var<uniform> numbers1: array<vec4i, 1>;

var<workgroup> loss0_parts: array<f32, 256>;

fn loss0_combine(whole1: ptr<function, f32>, member: u32) {
  loss0_parts[member] = *whole1;
  workgroupBarrier();
  let lane = member / 4u;
  if (lane < 8u) {
    let first = member % 4u + lane * 32u;
    let at = first + lane % 8u * 4u;
    loss0_parts[first] = loss0_parts[at] + loss0_parts[at ^ 4u] + (loss0_parts[at ^ 8u] + loss0_parts[at ^ 12u]) + (loss0_parts[at ^ 16u] + loss0_parts[at ^ 20u] + (loss0_parts[at ^ 24u] + loss0_parts[at ^ 28u]));
  }
  workgroupBarrier();
  *whole1 = loss0_parts[member % 4u] + loss0_parts[member % 4u + 32u] + (loss0_parts[member % 4u + 64u] + loss0_parts[member % 4u + 96u]) + (loss0_parts[member % 4u + 128u] + loss0_parts[member % 4u + 160u] + (loss0_parts[member % 4u + 192u] + loss0_parts[member % 4u + 224u]));
}

@compute @workgroup_size(256)
fn loss0(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let B = numbers1[0].x;
  let part = i32(member / 4u);
  let position = i32(group.y * groups.x + group.x) * 4 + i32(member % 4u);
  let isThere = position < 1;
  let element = min(position, 0);
  var sum0 = 0.0;
  let turnEnd = floorDiv((3 * B + 63), 64);
  for (var turn = 0; turn < turnEnd; turn++) {
    let at0 = turn * 64 + part;
    let at1 = at0 / 3 * 3 + (at0 % 3);
    if (at0 < (3 * B)) {
      let sub1 = sub0[at1];
      sum0 += sub1 * sub1;
    }
  }
  var sum = sum0;
  loss0_combine(&sum, member);
  let t0 = sum / f32(3 * B);
  if ((part == 0) & isThere) {
    loss[0] = t0;
  }
}

// (sub1: f32[B, 3]) -> add: f32[B, 3]
// source.dlm:10:17  minimize mean((net(x) - y)^2) using Adam(lr = 1e-2)
@group(0) @binding(0) var<storage, read> sub1: array<f32>;
@group(0) @binding(1) var<storage, read_write> add: array<f32>;
@group(0) @binding(2) var<uniform> numbers2: array<vec4i, 1>;

@compute @workgroup_size(64)
fn add0(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let B = numbers2[0].x;
  let element = i32((group.y * groups.x + group.x) * 64u + member);
  if (element >= 3 * B) {
    return;
  }
  let i = element / 3;
  let j = element % 3;
  let at0 = i * 3 + j;
  let t0 = sub1[at0] * (1.0 / f32(3 * B));
  add[at0] = t0 + t0;
}

// (select2: f32[B, 13], add1: f32[B, 3]) -> d: f32[13, 3], d1: f32[3]
// source.dlm:3:36  return x -> Dense(13) -> relu -> Dense(3)
// layers.dlm
@group(0) @binding(0) var<storage, read> select2: array<f32>;
@group(0) @binding(1) var<storage, read> add1: array<f32>;
@group(0) @binding(2) var<storage, read_write> d: array<f32>;
@group(0) @binding(3) var<storage, read_write> d1: array<f32>;
@group(0) @binding(4) var<uniform> numbers3: array<vec4i, 1>;

var<workgroup> d_1_parts: array<f32, 256>;

fn d_1_combine(whole1: ptr<function, f32>, member: u32) {
  d_1_parts[member] = *whole1;
  workgroupBarrier();
  let lane = member / 4u;
  if (lane < 8u) {
    let first = member % 4u + lane * 32u;
    let at = first + lane % 8u * 4u;
    d_1_parts[first] = d_1_parts[at] + d_1_parts[at ^ 4u] + (d_1_parts[at ^ 8u] + d_1_parts[at ^ 12u]) + (d_1_parts[at ^ 16u] + d_1_parts[at ^ 20u] + (d_1_parts[at ^ 24u] + d_1_parts[at ^ 28u]));
  }
  workgroupBarrier();
  *whole1 = d_1_parts[member % 4u] + d_1_parts[member % 4u + 32u] + (d_1_parts[member % 4u + 64u] + d_1_parts[member % 4u + 96u]) + (d_1_parts[member % 4u + 128u] + d_1_parts[member % 4u + 160u] + (d_1_parts[member % 4u + 192u] + d_1_parts[member % 4u + 224u]));
}

@compute @workgroup_size(256)
fn d_1(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let B = numbers3[0].x;
  let part = i32(member / 4u);
  let position = i32(group.y * groups.x + group.x) * 4 + i32(member % 4u);
  let isThere = position < 39;
  let element = min(position, 38);
  let i = element / 3;
  let j = element % 3;
  var sum0 = 0.0;
  let turnEnd = floorDiv((B + 63), 64);
  let at0 = i + part * 13;
  let at2 = j + part * 3;
  for (var turn = 0; turn < turnEnd; turn++) {
    let at1 = at0 + turn * 832;
    let at3 = at2 + turn * 192;
    if ((turn * 64 + part) < B) {
      sum0 += select2[at1] * add1[at3];
    }
  }
  var sum = sum0;
  d_1_combine(&sum, member);
  let at4 = i * 3 + j;
  if ((part == 0) & isThere) {
    d[at4] = sum;
  }
}

var<workgroup> d_2_parts: array<f32, 256>;

fn d_2_combine(whole1: ptr<function, f32>, member: u32) {
  d_2_parts[member] = *whole1;
  workgroupBarrier();
  let lane = member / 4u;
  if (lane < 8u) {
    let first = member % 4u + lane * 32u;
    let at = first + lane % 8u * 4u;
    d_2_parts[first] = d_2_parts[at] + d_2_parts[at ^ 4u] + (d_2_parts[at ^ 8u] + d_2_parts[at ^ 12u]) + (d_2_parts[at ^ 16u] + d_2_parts[at ^ 20u] + (d_2_parts[at ^ 24u] + d_2_parts[at ^ 28u]));
  }
  workgroupBarrier();
  *whole1 = d_2_parts[member % 4u] + d_2_parts[member % 4u + 32u] + (d_2_parts[member % 4u + 64u] + d_2_parts[member % 4u + 96u]) + (d_2_parts[member % 4u + 128u] + d_2_parts[member % 4u + 160u] + (d_2_parts[member % 4u + 192u] + d_2_parts[member % 4u + 224u]));
}

@compute @workgroup_size(256)
fn d_2(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let B = numbers3[0].x;
  let part = i32(member / 4u);
  let position = i32(group.y * groups.x + group.x) * 4 + i32(member % 4u);
  let isThere = position < 3;
  let element = min(position, 2);
  let i1 = element;
  var sum0 = 0.0;
  let turnEnd = floorDiv((B + 63), 64);
  let at0 = i1 + part * 3;
  for (var turn = 0; turn < turnEnd; turn++) {
    let at1 = at0 + turn * 192;
    if ((turn * 64 + part) < B) {
      sum0 += add1[at1];
    }
  }
  var sum = sum0;
  d_2_combine(&sum, member);
  if ((part == 0) & isThere) {
    d1[i1] = sum;
  }
}

// (select10: f32[B, 13], add2: f32[B, 3], W1: f32[13, 3]) -> select3: f32[B, 13]
// source.dlm:3:36  return x -> Dense(13) -> relu -> Dense(3)
// layers.dlm
@group(0) @binding(0) var<storage, read> select10: array<f32>;
@group(0) @binding(1) var<storage, read> add2: array<f32>;
@group(0) @binding(2) var<storage, read> W1: array<f32>;
@group(0) @binding(3) var<storage, read_write> select3: array<f32>;
@group(0) @binding(4) var<uniform> numbers4: array<vec4i, 1>;

@compute @workgroup_size(64)
fn dense2(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let B = numbers4[0].x;
  let element = i32((group.y * groups.x + group.x) * 64u + member);
  if (element >= 13 * B) {
    return;
  }
  let i = element / 13;
  let j = element % 13;
  let at0 = i * 13 + j;
  var sum0 = 0.0;
  let at1 = i * 3;
  let at2 = j * 3;
  for (var y1 = 0; y1 < 3; y1++) {
    sum0 += add2[at1 + y1] * W1[at2 + y1];
  }
  select3[at0] = select(sum0, 0.0, select10[at0] <= 0.0);
}

// (x0: f32[B, 7], select4: f32[B, 13]) -> d0: f32[7, 13], d10: f32[13]
// source.dlm:3:15  return x -> Dense(13) -> relu -> Dense(3)
// layers.dlm
@group(0) @binding(0) var<storage, read> x0: array<f32>;
@group(0) @binding(1) var<storage, read> select4: array<f32>;
@group(0) @binding(2) var<storage, read_write> d0: array<f32>;
@group(0) @binding(3) var<storage, read_write> d10: array<f32>;
@group(0) @binding(4) var<uniform> numbers5: array<vec4i, 1>;

var<workgroup> d1_1_parts: array<f32, 256>;

fn d1_1_combine(whole1: ptr<function, f32>, member: u32) {
  d1_1_parts[member] = *whole1;
  workgroupBarrier();
  let lane = member / 4u;
  if (lane < 8u) {
    let first = member % 4u + lane * 32u;
    let at = first + lane % 8u * 4u;
    d1_1_parts[first] = d1_1_parts[at] + d1_1_parts[at ^ 4u] + (d1_1_parts[at ^ 8u] + d1_1_parts[at ^ 12u]) + (d1_1_parts[at ^ 16u] + d1_1_parts[at ^ 20u] + (d1_1_parts[at ^ 24u] + d1_1_parts[at ^ 28u]));
  }
  workgroupBarrier();
  *whole1 = d1_1_parts[member % 4u] + d1_1_parts[member % 4u + 32u] + (d1_1_parts[member % 4u + 64u] + d1_1_parts[member % 4u + 96u]) + (d1_1_parts[member % 4u + 128u] + d1_1_parts[member % 4u + 160u] + (d1_1_parts[member % 4u + 192u] + d1_1_parts[member % 4u + 224u]));
}

@compute @workgroup_size(256)
fn d1_1(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let B = numbers5[0].x;
  let part = i32(member / 4u);
  let position = i32(group.y * groups.x + group.x) * 4 + i32(member % 4u);
  let isThere = position < 91;
  let element = min(position, 90);
  let i = element / 13;
  let j = element % 13;
  var sum0 = 0.0;
  let turnEnd = floorDiv((B + 63), 64);
  let at0 = i + part * 7;
  let at2 = j + part * 13;
  for (var turn = 0; turn < turnEnd; turn++) {
    let at1 = at0 + turn * 448;
    let at3 = at2 + turn * 832;
    if ((turn * 64 + part) < B) {
      sum0 += x0[at1] * select4[at3];
    }
  }
  var sum = sum0;
  d1_1_combine(&sum, member);
  let at4 = i * 13 + j;
  if ((part == 0) & isThere) {
    d0[at4] = sum;
  }
}

var<workgroup> d1_2_parts: array<f32, 256>;

fn d1_2_combine(whole1: ptr<function, f32>, member: u32) {
  d1_2_parts[member] = *whole1;
  workgroupBarrier();
  let lane = member / 4u;
  if (lane < 8u) {
    let first = member % 4u + lane * 32u;
    let at = first + lane % 8u * 4u;
    d1_2_parts[first] = d1_2_parts[at] + d1_2_parts[at ^ 4u] + (d1_2_parts[at ^ 8u] + d1_2_parts[at ^ 12u]) + (d1_2_parts[at ^ 16u] + d1_2_parts[at ^ 20u] + (d1_2_parts[at ^ 24u] + d1_2_parts[at ^ 28u]));
  }
  workgroupBarrier();
  *whole1 = d1_2_parts[member % 4u] + d1_2_parts[member % 4u + 32u] + (d1_2_parts[member % 4u + 64u] + d1_2_parts[member % 4u + 96u]) + (d1_2_parts[member % 4u + 128u] + d1_2_parts[member % 4u + 160u] + (d1_2_parts[member % 4u + 192u] + d1_2_parts[member % 4u + 224u]));
}

@compute @workgroup_size(256)
fn d1_2(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let B = numbers5[0].x;
  let part = i32(member / 4u);
  let position = i32(group.y * groups.x + group.x) * 4 + i32(member % 4u);
  let isThere = position < 13;
  let element = min(position, 12);
  let i1 = element;
  var sum0 = 0.0;
  let turnEnd = floorDiv((B + 63), 64);
  let at0 = i1 + part * 13;
  for (var turn = 0; turn < turnEnd; turn++) {
    let at1 = at0 + turn * 832;
    if ((turn * 64 + part) < B) {
      sum0 += select4[at1];
    }
  }
  var sum = sum0;
  d1_2_combine(&sum, member);
  if ((part == 0) & isThere) {
    d10[i1] = sum;
  }
}

// (W_m: f32[count], d: f32[count], W_v: f32[count], W: f32[count], scalar0: f32[], scalar1: f32[]) -> m_next: f32[count], second: f32[count], w_next: f32[count]
// source.dlm:10:39  minimize mean((net(x) - y)^2) using Adam(lr = 1e-2)
// optimizers.dlm
@group(0) @binding(0) var<storage, read_write> memory: array<f32>;
@group(0) @binding(1) var<uniform> numbers6: array<vec4i, 3>;

@compute @workgroup_size(64)
fn m_next(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let count = numbers6[0].x;
  let W_m = numbers6[0].y;
  let d = numbers6[0].z;
  let W_v = numbers6[0].w;
  let W = numbers6[1].x;
  let scalar0 = numbers6[1].y;
  let scalar1 = numbers6[1].z;
  let m_next0 = numbers6[1].w;
  let second = numbers6[2].x;
  let w_next = numbers6[2].y;
  let element = i32((group.y * groups.x + group.x) * 64u + member);
  if (element >= count) {
    return;
  }
  let i = element;
  let d0 = memory[d + i];
  let t0 = memory[W_m + i] * 0.9 + d0 * 0.1;
  let t1 = memory[W_v + i] * 0.999 + d0 * d0 * 0.001;
  let t2 = memory[W + i] - t0 / (sqrt(t1) + memory[scalar0]) * memory[scalar1];
  memory[m_next0 + i] = t0;
  memory[second + i] = t1;
  memory[w_next + i] = t2;
}

// () -> constant: f32[]
// source.dlm:10:12  minimize mean((net(x) - y)^2) using Adam(lr = 1e-2)
// tensor.dlm
@group(0) @binding(0) var<storage, read_write> constant: array<f32>;
@group(0) @binding(1) var<uniform> numbers7: array<vec4i, 1>;

@compute @workgroup_size(1)
fn constant0() {
  let B = numbers7[0].x;
  constant[0] = f32(3 * B);
}

// (x1: f32[B, 7], W2: f32[7, 13], b1: f32[13]) -> add3: f32[B, 13]
// source.dlm:3:15  return x -> Dense(13) -> relu -> Dense(3)
// layers.dlm
@group(0) @binding(0) var<storage, read> x1: array<f32>;
@group(0) @binding(1) var<storage, read> W2: array<f32>;
@group(0) @binding(2) var<storage, read> b1: array<f32>;
@group(0) @binding(3) var<storage, read_write> add3: array<f32>;
@group(0) @binding(4) var<uniform> numbers8: array<vec4i, 1>;

@compute @workgroup_size(64)
fn dense3(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let B = numbers8[0].x;
  let element = i32((group.y * groups.x + group.x) * 64u + member);
  if (element >= 13 * B) {
    return;
  }
  let i = element / 13;
  let j = element % 13;
  var sum0 = 0.0;
  let at0 = i * 7;
  for (var x10 = 0; x10 < 7; x10++) {
    sum0 += x1[at0 + x10] * W2[j + x10 * 13];
  }
  add3[i * 13 + j] = sum0 + b1[j];
}

// (add4: f32[B, 13], W3: f32[13, 3]) -> y0: f32[B, 3]
// source.dlm:3:36  return x -> Dense(13) -> relu -> Dense(3)
// layers.dlm
@group(0) @binding(0) var<storage, read> add4: array<f32>;
@group(0) @binding(1) var<storage, read> W3: array<f32>;
@group(0) @binding(2) var<storage, read_write> y0: array<f32>;
@group(0) @binding(3) var<uniform> numbers9: array<vec4i, 1>;

@compute @workgroup_size(64)
fn dense4(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let B = numbers9[0].x;
  let element = i32((group.y * groups.x + group.x) * 64u + member);
  if (element >= 3 * B) {
    return;
  }
  let i = element / 3;
  let j = element % 3;
  var sum0 = 0.0;
  let at0 = i * 13;
  for (var x1 = 0; x1 < 13; x1++) {
    let add0 = add4[at0 + x1];
    sum0 += select(add0, 0.0, add0 <= 0.0) * W3[j + x1 * 3];
  }
  y0[i * 3 + j] = sum0;
}

// (y1: f32[B, 3], b2: f32[3], y10: f32[B, 3]) -> reduceSum: f32[]
// source.dlm:10:12  minimize mean((net(x) - y)^2) using Adam(lr = 1e-2)
// tensor.dlm
@group(0) @binding(0) var<storage, read> y1: array<f32>;
@group(0) @binding(1) var<storage, read> b2: array<f32>;
@group(0) @binding(2) var<storage, read> y10: array<f32>;
@group(0) @binding(3) var<storage, read_write> reduceSum: array<f32>;
@group(0) @binding(4) var<uniform> numbers10: array<vec4i, 1>;

var<workgroup> dense5_parts: array<f32, 256>;

fn dense5_combine(whole1: ptr<function, f32>, member: u32) {
  dense5_parts[member] = *whole1;
  workgroupBarrier();
  let lane = member / 4u;
  if (lane < 8u) {
    let first = member % 4u + lane * 32u;
    let at = first + lane % 8u * 4u;
    dense5_parts[first] = dense5_parts[at] + dense5_parts[at ^ 4u] + (dense5_parts[at ^ 8u] + dense5_parts[at ^ 12u]) + (dense5_parts[at ^ 16u] + dense5_parts[at ^ 20u] + (dense5_parts[at ^ 24u] + dense5_parts[at ^ 28u]));
  }
  workgroupBarrier();
  *whole1 = dense5_parts[member % 4u] + dense5_parts[member % 4u + 32u] + (dense5_parts[member % 4u + 64u] + dense5_parts[member % 4u + 96u]) + (dense5_parts[member % 4u + 128u] + dense5_parts[member % 4u + 160u] + (dense5_parts[member % 4u + 192u] + dense5_parts[member % 4u + 224u]));
}

@compute @workgroup_size(256)
fn dense5(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let B = numbers10[0].x;
  let part = i32(member / 4u);
  let position = i32(group.y * groups.x + group.x) * 4 + i32(member % 4u);
  let isThere = position < 1;
  let element = min(position, 0);
  var sum0 = 0.0;
  let turnEnd = floorDiv((3 * B + 63), 64);
  for (var turn = 0; turn < turnEnd; turn++) {
    let at0 = turn * 64 + part;
    let at1 = at0 % 3;
    let at2 = at0 / 3 * 3 + at1;
    let b0 = b2[at1];
    if (at0 < (3 * B)) {
      let t0 = y1[at2] + b0 - y10[at2];
      sum0 += t0 * t0;
    }
  }
  var sum = sum0;
  dense5_combine(&sum, member);
  if ((part == 0) & isThere) {
    reduceSum[0] = sum;
  }
}

// (add10: f32[B, 13], W4: f32[13, 3], b3: f32[3]) -> add5: f32[B, 3]
// source.dlm:3:36  return x -> Dense(13) -> relu -> Dense(3)
// layers.dlm
@group(0) @binding(0) var<storage, read> add10: array<f32>;
@group(0) @binding(1) var<storage, read> W4: array<f32>;
@group(0) @binding(2) var<storage, read> b3: array<f32>;
@group(0) @binding(3) var<storage, read_write> add5: array<f32>;
@group(0) @binding(4) var<uniform> numbers11: array<vec4i, 1>;

@compute @workgroup_size(64)
fn dense6(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let B = numbers11[0].x;
  let element = i32((group.y * groups.x + group.x) * 64u + member);
  if (element >= 3 * B) {
    return;
  }
  let i = element / 3;
  let j = element % 3;
  var sum0 = 0.0;
  let at0 = i * 13;
  for (var x1 = 0; x1 < 13; x1++) {
    let add11 = add10[at0 + x1];
    sum0 += select(add11, 0.0, add11 <= 0.0) * W4[j + x1 * 3];
  }
  add5[i * 3 + j] = sum0 + b3[j];
}
