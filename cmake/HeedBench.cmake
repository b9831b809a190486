# heed-bench times whole workloads; every bench/micro_*.cpp is a program of its own for one kernel.
find_package(CLI11 REQUIRED)
add_executable(heed-bench bench/heed_bench.cpp bench/workload_gemm.cpp bench/workload_models.cpp)
heed_compile(heed-bench)
target_link_libraries(heed-bench PRIVATE heed CLI11::CLI11 nlohmann_json::nlohmann_json)

file(GLOB sources CONFIGURE_DEPENDS bench/micro_*.cpp)
foreach(source IN LISTS sources)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  heed_compile(${name})
  target_link_libraries(${name} PRIVATE heed)
endforeach()
