# heed-bench times whole workloads, heed-bench-ops single ops and kinds of work; every bench/micro_*.cpp is a program of its own for one kernel, or for transfers.
if(NOT TARGET heed_program)
  message(FATAL_ERROR "heed-bench needs CLI11 (Debian: libcli11-dev)")
endif()
file(GLOB sources CONFIGURE_DEPENDS bench/workload_*.cpp bench/training*.cpp)
add_executable(heed-bench bench/heed_bench.cpp bench/measure.cpp ${sources})
heed_compile(heed-bench)
target_link_libraries(heed-bench PRIVATE heed_program CLI11::CLI11 nlohmann_json::nlohmann_json)

file(GLOB sources CONFIGURE_DEPENDS bench/ops/*.cpp bench/kinds/*.cpp)
add_executable(heed-bench-ops ${sources})
heed_compile(heed-bench-ops)
target_link_libraries(heed-bench-ops PRIVATE heed_program CLI11::CLI11 nlohmann_json::nlohmann_json)

file(GLOB sources CONFIGURE_DEPENDS bench/micro_*.cpp)
foreach(source IN LISTS sources)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  heed_compile(${name})
  target_link_libraries(${name} PRIVATE heed heed_distributed)
endforeach()

# A lambda score beside a kernel written by hand: one program for each instruction set, since both have to run on the same one.
foreach(isa IN LISTS isas)
  add_executable(pairwise_l1_${isa} bench/pairwise_l1.cpp)
  heed_compile(pairwise_l1_${isa} -O3)
  target_compile_options(pairwise_l1_${isa} PRIVATE ${isa_flags_${isa}})
  target_link_libraries(pairwise_l1_${isa} PRIVATE heed)
endforeach()
