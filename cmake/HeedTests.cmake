# One program with both twins: tests/*64.cpp use heed64 (double), the other tests heed (float).
find_package(Catch2 3 QUIET)
if(NOT Catch2_FOUND)
  find_package(Catch2 2 REQUIRED)
endif()

file(GLOB tests_32 CONFIGURE_DEPENDS tests/test_*.cpp)
set(tests_64 ${tests_32})
list(FILTER tests_32 EXCLUDE REGEX "64\\.cpp$")
list(FILTER tests_64 INCLUDE REGEX "64\\.cpp$")
foreach(optional IN ITEMS npz example_frames example_patches example_translate)
  if(NOT TARGET heed_${optional})
    string(REPLACE "example_" "" part ${optional})
    list(FILTER tests_32 EXCLUDE REGEX "test_${part}(_train)?\\.cpp$")
  endif()
endforeach()

# Catch2 2 takes 9 s to compile like this, 23 s otherwise; and g++ 12 warns of its own <regex> where it optimises that for a sanitizer.
set_source_files_properties(tests/main.cpp PROPERTIES COMPILE_OPTIONS -O0)

add_executable(heed_tests tests/main.cpp ${heed_parts} ${heed64_parts})
heed_compile(heed_tests)
target_link_libraries(heed_tests PRIVATE heed_base Catch2::Catch2 $<TARGET_NAME_IF_EXISTS:heed_npz> ${heed_example_libraries})
foreach(part IN LISTS heed_example_parts)
  target_sources(heed_tests PRIVATE $<TARGET_OBJECTS:${part}>)
endforeach()

# heed_test_part(name twin source...): objects that see one twin.
function(heed_test_part name twin)
  add_library(${name} OBJECT ${ARGN})
  heed_compile(${name} -O1)
  target_compile_options(${name} PRIVATE $<$<CONFIG:None>:-O0>)  # sanitizers take twice as long to compile what is optimised
  target_compile_definitions(${name} PRIVATE HEED_TESTING HEED_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${twin} Catch2::Catch2 CLI11::CLI11 nlohmann_json::nlohmann_json)
  target_sources(heed_tests PRIVATE $<TARGET_OBJECTS:${name}>)
endfunction()
heed_test_part(heed_tests_32 heed_objects ${tests_32} tests/run_case.cpp)
heed_test_part(heed_tests_64 heed64_objects ${tests_64} tests/run_case.cpp tests/check_case.cpp)

# Is Array the same type in files that are compiled with other flags?
list(GET isas 0 isa_of_narrow)
list(GET isas -1 isa_of_wide)
foreach(flags IN ITEMS narrow wide)
  add_library(heed_tests_${flags} OBJECT tests/under_flags.cpp)
  heed_compile(heed_tests_${flags})
  target_compile_options(heed_tests_${flags} PRIVATE ${isa_flags_${isa_of_${flags}}})
  target_compile_definitions(heed_tests_${flags} PRIVATE HEED_FLAGS=${flags} XTENSOR_USE_XSIMD)
  target_link_libraries(heed_tests_${flags} PRIVATE heed_base xsimd)
  target_sources(heed_tests PRIVATE $<TARGET_OBJECTS:heed_tests_${flags}>)
endforeach()

# The kernels' tests once more, with double: a program of its own, because each test stands in both.
add_executable(heed_kernel_tests64 tests/main.cpp)
heed_compile(heed_kernel_tests64)
add_library(heed_kernel_tests64_objects OBJECT tests/test_gemm.cpp tests/test_kernels.cpp tests/test_kernel_rows.cpp tests/test_kernel_fused.cpp
  tests/test_score_tiles.cpp tests/test_score.cpp)
heed_compile(heed_kernel_tests64_objects -O1)
target_link_libraries(heed_kernel_tests64_objects PRIVATE heed64 Catch2::Catch2)
target_link_libraries(heed_kernel_tests64 PRIVATE heed_kernel_tests64_objects heed64 Catch2::Catch2)

foreach(struct IN ITEMS WeightedL1 Alibi)
  heed_add_score(heed_tests_32 tests/scores.hpp heed::test::${struct})
  heed_add_score(heed_kernel_tests64_objects tests/scores.hpp heed::test::${struct})
endforeach()

# Every enrolled case under every instruction set that this machine has, then all the rest.
add_test(NAME rest COMMAND heed_tests "~[ops]" "~[kernel]")
foreach(isa IN LISTS isas)
  add_test(NAME ops_${isa} COMMAND heed_tests "[ops],[kernel]")
  add_test(NAME kernels64_${isa} COMMAND heed_kernel_tests64)
  set_tests_properties(ops_${isa} kernels64_${isa} PROPERTIES ENVIRONMENT HEED_ISA=${isa} SKIP_REGULAR_EXPRESSION "HEED_ISA: this machine cannot run")
endforeach()

# Every public header compiles alone (and twice).
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} core/*.hpp ops/*.hpp nn/*.hpp)
list(FILTER headers EXCLUDE REGEX ${heed_private_headers})
foreach(header IN ITEMS ${headers} heed.hpp)
  string(REPLACE "/" "_" name ${header})
  set(text "#include <heed/${header}>\n#include <heed/${header}>\n")
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/headers/${name}.cpp CONTENT "${text}")
  list(APPEND header_sources ${PROJECT_BINARY_DIR}/headers/${name}.cpp)
endforeach()
add_library(heed_headers OBJECT EXCLUDE_FROM_ALL ${header_sources})
heed_compile(heed_headers -O0)
target_link_libraries(heed_headers PRIVATE heed)

# The short examples fail unless they learn.
if(HEED_BUILD_EXAMPLES)
  foreach(name IN ITEMS classify seq2seq)
    add_test(NAME example_${name} COMMAND ${name})
  endforeach()
endif()

# The programs that README.md and docs/ quote, each checked by running it. my_op.cpp is an op alone; mistakes.cpp are faulty ones.
foreach(name IN ITEMS readme attention streaming score decoding from_pytorch)
  add_executable(snippet_${name} tests/snippets/${name}.cpp)
  heed_compile(snippet_${name})
  target_link_libraries(snippet_${name} PRIVATE heed)
  add_test(NAME snippet_${name} COMMAND snippet_${name} ${PROJECT_SOURCE_DIR}/tests/snippets)
endforeach()
heed_check_ops(snippet_my_op tests/snippets/my_op.cpp)
add_executable(snippet_mistakes tests/snippets/mistakes.cpp tests/check_case.cpp tests/run_case.cpp)
heed_compile(snippet_mistakes)
target_compile_definitions(snippet_mistakes PRIVATE HEED_TESTING)
target_link_libraries(snippet_mistakes PRIVATE heed64)
add_test(NAME snippet_mistakes COMMAND snippet_mistakes)
find_package(Python3 QUIET COMPONENTS Interpreter)
if(Python3_FOUND)
  foreach(name IN ITEMS pronounce charlm translate)
    if(TARGET ${name})
      add_test(NAME ${name}_killed_and_resumed COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/programs/kill_resume.py $<TARGET_FILE:${name}>)
    endif()
  endforeach()
  add_test(NAME score_refusals COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/programs/score_refusals.py ${CMAKE_CXX_COMPILER}
    "-I$<JOIN:$<TARGET_PROPERTY:heed_base,INTERFACE_INCLUDE_DIRECTORIES>,;-I>" COMMAND_EXPAND_LISTS)
  add_test(NAME snippets_quoted COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/check_snippets.py)
endif()
