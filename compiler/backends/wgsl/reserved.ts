// Words that emitted WGSL may not use for a variable.

/** Keywords, and words that the specification keeps for later. */
const keywords =
  "alias break case const const_assert continue continuing default diagnostic discard else enable false fn for if let loop override requires return struct switch true var while NULL Self abstract active alignas alignof as asm asm_fragment async attribute auto await become cast catch class co_await co_return co_yield coherent column_major common compile compile_fragment concept const_cast consteval constexpr constinit crate debugger decltype delete demote demote_to_helper do dynamic_cast enum explicit export extends extern external fallthrough filter final finally friend from fxgroup get goto groupshared highp impl implements import inline instanceof interface layout lowp macro macro_rules match mediump meta mod module move mut mutable namespace new nil noexcept noinline nointerpolation non_coherent noncoherent noperspective null nullptr of operator package packoffset partial pass patch pixelfragment precise precision premerge priv protected pub public readonly ref regardless register reinterpret_cast require resource restrict self set shared sizeof smooth snorm static static_assert static_cast std subroutine super target template this thread_local throw trait try type typedef typeid typename typeof union unless unorm unsafe unsized use using varying virtual volatile wgsl where with writeonly yield";

/** Types and functions of the language that emitted code uses. */
const used =
  "i32 u32 f32 f16 half bool array vec2i vec3u vec4f vec4i fma workgroup workgroupBarrier storageBarrier select bitcast abs floor sqrt min max private storage uniform read read_write function workgroup_id num_workgroups local_invocation_index subgroup_id subgroup_invocation_id subgroupShuffleXor subgroupWidth ptr";

/** What an entry point is given, and what it makes of that. */
const given = "group groups member subgroup lane element";

export const reserved: readonly string[] = [keywords, used, given].flatMap((s) => s.split(" "));
