fn infinity() -> f32 {
  let bits = 0x7f800000u;
  return bitcast<f32>(bits);
}

fn isNan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

// The greater of two, NaN where one is; 0 is greater than -0.
fn max_f32(a: f32, b: f32) -> f32 {
  if (isNan(a) || a > b) {
    return a;
  }
  if (isNan(b) || b > a) {
    return b;
  }
  return bitcast<f32>(bitcast<u32>(a) & bitcast<u32>(b));
}

// e^x
fn exp_f32(x: f32) -> f32 {
  let t0 = select(x, 89.0, 89.0 < x);
  let t1 = select(t0, -104.0, t0 < (-104.0));
  let t2 = floor(t1 * 1.442695 + 0.5);
  let t3 = t1 - t2 * 0.69314575 - t2 * 0.0000014286068;
  let is0 = t2 < (-125.0);
  return (t3 * (t3 * (t3 * (t3 * (t3 * (t3 * 0.002764027 + 0.016737372) + 0.08333655) + 0.33333042) + 0.9999999) + 2.0) + 2.0) * bitcast<f32>(bitcast<i32>(t2 + select(12583038.0, 12583102.0, is0)) << 23u) * select(1.0, 5.421011e-20, is0);
}

// (x: f32[B, 11]) -> div: f32[B, 11], row e: f32[11]
// source.dlm:3:10  return softmax(x)
// activations.dlm
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> div: array<f32>;
@group(0) @binding(2) var<uniform> numbers: array<vec4i, 1>;
var<workgroup> e: array<f32, 44>;


@compute @workgroup_size(64)
fn e0(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) member: u32) {
  let B = numbers[0].x;
  let part = i32(member % 16u);
  let position = i32(group.y * groups.x + group.x) * 4 + i32(member / 16u);
  let isThere = position < B;
  let element = min(position, B + -1);
  let i = element;
  var max0 = (-infinity());
  let at0 = i * 11;
  for (var r = 0; r < 11; r++) {
    max0 = max_f32(max0, x[at0 + r]);
  }
  let most = max0;
  let is0 = (part < 11) & isThere;
  let at1 = at0 + part;
  let t0 = select(most, 0.0, (most <= (-infinity())) | (infinity() <= most));
  if (is0) {
    e[i32(member / 16u) * 11 + part] = exp_f32(x[at1] - t0);
  }
  workgroupBarrier();
  var sum0 = 0.0;
  for (var r1 = 0; r1 < 11; r1++) {
    sum0 += e[i32(member / 16u) * 11 + r1];
  }
  let sum = sum0;
  let t1 = max_f32(sum, 0.5);
  if (is0) {
    div[at1] = e[i32(member / 16u) * 11 + part] / t1;
  }
}
