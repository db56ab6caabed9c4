fn columnSums_2_combine(whole1: ptr<function, f32>, member: u32) {
  var own1 = subgroupShuffleXor(*whole1, 1u);
  for (var done = 1u; done < 8u; done = done * subgroupWidth) {
    let count = min(subgroupWidth, 8u / done);
    if (done > 1u) {
      if (done > subgroupWidth) {
        workgroupBarrier();
      }
      columnSums_2_parts[member] = own1;
      workgroupBarrier();
      let at = member / (count * done) * (count * done) + member % count * done;
      own1 = columnSums_2_parts[at];
    }
    for (var mask = 1u; mask < count; mask = mask << 1u) {
      own1 = own1 + subgroupShuffleXor(own1, mask);
    }
  }
  *whole1 = own1;
}

fn columnSums_2_combine0(whole1: ptr<function, f32>, member: u32) {
  var own1 = subgroupShuffleXor(*whole1, 1u);
  for (var done = 1u; done < 8u; done = done * subgroupWidth) {
    let count = min(subgroupWidth, 8u / done);
    if (done > 1u) {
      workgroupBarrier();
      columnSums_2_parts[member] = own1;
      workgroupBarrier();
      let at = member / (count * done) * (count * done) + member % count * done;
      own1 = columnSums_2_parts[at];
    }
    for (var mask = 1u; mask < count; mask = mask << 1u) {
      own1 = own1 + subgroupShuffleXor(own1, mask);
    }
  }
  *whole1 = own1;
}

fn softmax_combine(whole1: ptr<function, f32>, member: u32) {
  var own1 = subgroupShuffleXor(*whole1, 1u);
  for (var done = 1u; done < 64u; done = done * subgroupWidth) {
    let count = min(subgroupWidth, 64u / done);
    if (done > 1u) {
      if (done > subgroupWidth) {
        workgroupBarrier();
      }
      softmax_parts[member] = own1;
      workgroupBarrier();
      let at = member / (count * done) * (count * done) + member % count * done;
      own1 = softmax_parts[at];
    }
    for (var mask = 1u; mask < count; mask = mask << 1u) {
      own1 = max_f32(own1, subgroupShuffleXor(own1, mask));
    }
  }
  *whole1 = own1;
}

fn softmax_combine0(whole1: ptr<function, f32>, member: u32) {
  var own1 = subgroupShuffleXor(*whole1, 1u);
  for (var done = 1u; done < 64u; done = done * subgroupWidth) {
    let count = min(subgroupWidth, 64u / done);
    if (done > 1u) {
      workgroupBarrier();
      softmax_parts[member] = own1;
      workgroupBarrier();
      let at = member / (count * done) * (count * done) + member % count * done;
      own1 = softmax_parts[at];
    }
    for (var mask = 1u; mask < count; mask = mask << 1u) {
      own1 = own1 + subgroupShuffleXor(own1, mask);
    }
  }
  *whole1 = own1;
  if (subgroupWidth >= 64u) {
    workgroupBarrier();
  }
}
