# heed_add_score(<target> <header> <struct>)
#
# Compiles the score <struct>, which <header> defines, once for every instruction set, and adds that to <target>: the program picks
# the best one that the machine has when it first uses it, as heed's own kernels do. The header includes only <heed/ops/attention/score.hpp>;
# the struct has a template as its call operator and states what it is: `using compiled_for_all = heed::score::Finished;`
# for a function of the finished score, Pair for g(q, k), PairWithTheta for g(q, k, theta).
function(heed_add_score target header struct)
  include(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/HeedIsa.cmake)
  get_filename_component(header ${header} ABSOLUTE)
  string(MAKE_C_IDENTIFIER ${struct} name)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/heed_scores)
  set(choices)
  foreach(isa IN LISTS isas)
    string(APPEND choices "        case kernel::Isa::${isa}: return compiled_for<${struct}, kernel::Isa::${isa}>();\n")
  endforeach()
  list(GET isas 0 first)
  string(APPEND choices "        default: return compiled_for<${struct}, kernel::Isa::${first}>();")
  foreach(isa IN LISTS isas ITEMS choice)
    set(source ${folder}/${target}_${name}_${isa}.cpp)
    configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/score.cpp.in ${source} @ONLY)
    target_sources(${target} PRIVATE ${source})
    if(NOT isa STREQUAL choice)  # inline functions must not stay functions: one of AVX-512 could be linked for everybody
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${isa_flags_${isa}};-O3" COMPILE_DEFINITIONS HEED_ISA_NS=${isa}
        SKIP_PRECOMPILE_HEADERS ON)  # which were parsed with other flags
    endif()
  endforeach()
endfunction()
