// (x: f32[B, T, 3], m: f32[3]) -> a: f32[3], b: f32[3], row parts: f32[64, 3], row parts1: f32[64, 3]
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> m: array<f32>;
@group(0) @binding(2) var<storage, read_write> a: array<f32>;
@group(0) @binding(3) var<storage, read_write> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> scratch: array<f32>;
@group(0) @binding(5) var<uniform> numbers: array<vec4i, 1>;

var<workgroup> columnSums_1_parts: array<f32, 256>;
var<workgroup> columnSums_1_parts0: array<f32, 256>;

fn columnSums_1_combine(whole1: ptr<function, f32>, whole2: ptr<function, f32>, member: u32) {
  columnSums_1_parts[member] = *whole1;
  columnSums_1_parts0[member] = *whole2;
  workgroupBarrier();
  let lane = member / 4u;
  if (lane < 8u) {
    let first = member % 4u + lane * 32u;
    let at = first + lane % 8u * 4u;
    columnSums_1_parts[first] = columnSums_1_parts[at] + columnSums_1_parts[at ^ 4u] + (columnSums_1_parts[at ^ 8u] + columnSums_1_parts[at ^ 12u]) + (columnSums_1_parts[at ^ 16u] + columnSums_1_parts[at ^ 20u] + (columnSums_1_parts[at ^ 24u] + columnSums_1_parts[at ^ 28u]));
    columnSums_1_parts0[first] = columnSums_1_parts0[at] + columnSums_1_parts0[at ^ 4u] + (columnSums_1_parts0[at ^ 8u] + columnSums_1_parts0[at ^ 12u]) + (columnSums_1_parts0[at ^ 16u] + columnSums_1_parts0[at ^ 20u] + (columnSums_1_parts0[at ^ 24u] + columnSums_1_parts0[at ^ 28u]));
  }
  workgroupBarrier();
  *whole1 = columnSums_1_parts[member % 4u] + columnSums_1_parts[member % 4u + 32u] + (columnSums_1_parts[member % 4u + 64u] + columnSums_1_parts[member % 4u + 96u]) + (columnSums_1_parts[member % 4u + 128u] + columnSums_1_parts[member % 4u + 160u] + (columnSums_1_parts[member % 4u + 192u] + columnSums_1_parts[member % 4u + 224u]));
  *whole2 = columnSums_1_parts0[member % 4u] + columnSums_1_parts0[member % 4u + 32u] + (columnSums_1_parts0[member % 4u + 64u] + columnSums_1_parts0[member % 4u + 96u]) + (columnSums_1_parts0[member % 4u + 128u] + columnSums_1_parts0[member % 4u + 160u] + (columnSums_1_parts0[member % 4u + 192u] + columnSums_1_parts0[member % 4u + 224u]));
}

@compute @workgroup_size(256)
fn columnSums_1(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let B = numbers[0].x;
  let T = numbers[0].y;
  let part0 = i32(member / 4u);
  let position = i32(group.y * groups.x + group.x) * 4 + i32(member % 4u);
  let isThere = position < 192;
  let element = min(position, 191);
  let part = element / 3;
  let i = element % 3;
  var sum1 = 0.0;
  var sum2 = 0.0;
  let turnEnd = floorDiv((B * T + 4095), 4096);
  let at1 = part * (floorDiv((B * T + 63), 64));
  let m0 = m[i];
  for (var turn = 0; turn < turnEnd; turn++) {
    let at0 = turn * 64 + part0;
    let at2 = at1 + at0;
    let is0 = (at0 < (floorDiv((B * T + 63), 64))) & (at2 < (B * T));
    let at3 = i + at2 / T * (3 * T) + (at2 % T) * 3;
    if (is0) {
      let x0 = x[at3];
      let t0 = x0 - m0;
      sum1 += x0;
      sum2 += t0 * t0;
    }
  }
  var sum = sum1;
  var sum0 = sum2;
  columnSums_1_combine(&sum, &sum0, member);
  let is1 = (part0 == 0) & isThere;
  let at4 = part * 3 + i;
  if (is1) {
    scratch[at4] = sum;
  }
  if (is1) {
    scratch[192 + at4] = sum0;
  }
}

var<workgroup> columnSums_2_parts: array<f32, 64>;

@compute @workgroup_size(64)
fn columnSums_2(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let part = i32(member % 8u);
  let position = i32(group.y * groups.x + group.x) * 8 + i32(member / 8u);
  let isThere = position < 3;
  let element = min(position, 2);
  let i = element;
  var sum1 = 0.0;
  let at0 = i + part * 3;
  for (var turn = 0; turn < 8; turn++) {
    sum1 += scratch[at0 + turn * 24];
  }
  var sum = sum1;
  columnSums_2_combine(&sum, member);
  let is0 = (part == 0) & isThere;
  if (is0) {
    a[i] = sum;
  }
  var sum2 = 0.0;
  for (var turn0 = 0; turn0 < 8; turn0++) {
    sum2 += scratch[192 + at0 + turn0 * 24];
  }
  var sum0 = sum2;
  columnSums_2_combine0(&sum0, member);
  let t0 = -sum0;
  if (is0) {
    b[i] = t0;
  }
}

// (x0: f32[B, 37]) -> y: f32[B, 37], m0: f32[B], row e: f32[37]
@group(0) @binding(0) var<storage, read> x0: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> m0: array<f32>;
@group(0) @binding(3) var<uniform> numbers0: array<vec4i, 1>;
var<workgroup> e: array<f32, 37>;

var<workgroup> softmax_parts: array<f32, 64>;

@compute @workgroup_size(64)
fn softmax(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let B = numbers0[0].x;
  let part = i32(member % 64u);
  let element = i32(group.y * groups.x + group.x);
  if (element >= B) {
    return;
  }
  let i = element;
  var max1 = (-infinity());
  let is0 = part < 37;
  let at0 = i * 37 + part;
  for (var turn = 0; turn < 1; turn++) {
    if (is0) {
      let x1 = x0[at0];
      max1 = max_f32(max1, x1);
    }
  }
  var max0 = max1;
  softmax_combine(&max0, member);
  let most = max0;
  if (part == 0) {
    m0[i] = most;
  }
  if (is0) {
    let x2 = x0[at0];
    e[part] = exp_f32(x2 - most);
  }
  workgroupBarrier();
  var sum1 = 0.0;
  for (var turn0 = 0; turn0 < 1; turn0++) {
    if (is0) {
      sum1 += e[part];
    }
  }
  var sum = sum1;
  softmax_combine0(&sum, member);
  let sum0 = sum;
  let at1 = part * (-1) + 36;
  if (is0) {
    y[at0] = e[at1] / sum0;
  }
}
fn columnSums_2_combine(whole1: ptr<function, f32>, member: u32) {
  columnSums_2_parts[member] = *whole1;
  workgroupBarrier();
  *whole1 = columnSums_2_parts[member / 8u * 8u] + columnSums_2_parts[member / 8u * 8u + 1u] + (columnSums_2_parts[member / 8u * 8u + 2u] + columnSums_2_parts[member / 8u * 8u + 3u]) + (columnSums_2_parts[member / 8u * 8u + 4u] + columnSums_2_parts[member / 8u * 8u + 5u] + (columnSums_2_parts[member / 8u * 8u + 6u] + columnSums_2_parts[member / 8u * 8u + 7u]));
}

fn columnSums_2_combine0(whole1: ptr<function, f32>, member: u32) {
  workgroupBarrier();
  columnSums_2_parts[member] = *whole1;
  workgroupBarrier();
  *whole1 = columnSums_2_parts[member / 8u * 8u] + columnSums_2_parts[member / 8u * 8u + 1u] + (columnSums_2_parts[member / 8u * 8u + 2u] + columnSums_2_parts[member / 8u * 8u + 3u]) + (columnSums_2_parts[member / 8u * 8u + 4u] + columnSums_2_parts[member / 8u * 8u + 5u] + (columnSums_2_parts[member / 8u * 8u + 6u] + columnSums_2_parts[member / 8u * 8u + 7u]));
}

fn softmax_combine(whole1: ptr<function, f32>, member: u32) {
  softmax_parts[member] = *whole1;
  workgroupBarrier();
  let lane = member % 64u;
  if (lane < 8u) {
    let first = lane * 8u;
    let at = first + lane % 8u;
    softmax_parts[first] = max_f32(max_f32(max_f32(softmax_parts[at], softmax_parts[at ^ 1u]), max_f32(softmax_parts[at ^ 2u], softmax_parts[at ^ 3u])), max_f32(max_f32(softmax_parts[at ^ 4u], softmax_parts[at ^ 5u]), max_f32(softmax_parts[at ^ 6u], softmax_parts[at ^ 7u])));
  }
  workgroupBarrier();
  *whole1 = max_f32(max_f32(max_f32(softmax_parts[0u], softmax_parts[8u]), max_f32(softmax_parts[16u], softmax_parts[24u])), max_f32(max_f32(softmax_parts[32u], softmax_parts[40u]), max_f32(softmax_parts[48u], softmax_parts[56u])));
}

fn softmax_combine0(whole1: ptr<function, f32>, member: u32) {
  workgroupBarrier();
  softmax_parts[member] = *whole1;
  workgroupBarrier();
  let lane = member % 64u;
  if (lane < 8u) {
    let first = lane * 8u;
    let at = first + lane % 8u;
    softmax_parts[first] = softmax_parts[at] + softmax_parts[at ^ 1u] + (softmax_parts[at ^ 2u] + softmax_parts[at ^ 3u]) + (softmax_parts[at ^ 4u] + softmax_parts[at ^ 5u] + (softmax_parts[at ^ 6u] + softmax_parts[at ^ 7u]));
  }
  workgroupBarrier();
  *whole1 = softmax_parts[0u] + softmax_parts[8u] + (softmax_parts[16u] + softmax_parts[24u]) + (softmax_parts[32u] + softmax_parts[40u] + (softmax_parts[48u] + softmax_parts[56u]));
}
