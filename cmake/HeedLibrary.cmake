# heed_base (what does not depend on Real), heed (float) and heed64 (the same sources with double).
#
# Everything is position independent: the static libraries fit into users' shared ones, and static and shared builds share
# their objects. The twins are put together from object libraries, which the tests link whole: the cases that ops enrol have
# no other reference.
set(from CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR})
file(GLOB core_sources ${from} core/*.cpp)
file(GLOB io_sources ${from} core/io/*.cpp)
file(GLOB op_sources ${from} ops/*.cpp)
file(GLOB kernel_sources ${from} ops/kernel/*.cpp)
file(GLOB isa_sources ${from} ops/kernel/*_isa.cpp)
file(GLOB_RECURSE nn_sources ${from} nn/*.cpp)
file(GLOB program_sources ${from} nn/program/*.cpp)
list(REMOVE_ITEM nn_sources ${program_sources})

set(real_core core/broadcast.cpp core/gradient.cpp core/hooks.cpp core/sweep.cpp core/tape.cpp core/var.cpp core/watch.cpp)
set(base_sources ${core_sources} ${io_sources} ops/axes.cpp ops/draw.cpp ops/kernel/functions.cpp ops/kernel/isa.cpp)
list(REMOVE_ITEM base_sources ${real_core} core/io/npz.cpp)
foreach(name IN ITEMS compare events folder heads_image identity interrupt log order png progress record result setting settings terminal)
  list(APPEND base_sources nn/training/${name}.cpp)
endforeach()
foreach(name IN ITEMS bertviz html parts svg weights)
  list(APPEND base_sources nn/inspect/${name}.cpp)
endforeach()
list(APPEND base_sources nn/schedule.cpp)

# The attention page's own files become texts of the library.
foreach(kind IN ITEMS html css js)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS nn/inspect/page.${kind})
  file(READ nn/inspect/page.${kind} page_${kind})
endforeach()
configure_file(nn/inspect/parts.cpp.in ${PROJECT_BINARY_DIR}/inspect_parts.cpp @ONLY)

set(real_sources ${real_core} ${op_sources} ${kernel_sources} ${nn_sources})
list(REMOVE_ITEM real_sources ${base_sources} ${isa_sources})
list(APPEND base_sources ${PROJECT_BINARY_DIR}/inspect_parts.cpp)

# What every op runs, and sums over whole gradients.
set_property(SOURCE ${core_sources} ops/arithmetic.cpp ops/moments.cpp ops/kernel/permute.cpp ops/kernel/rows.cpp APPEND PROPERTY COMPILE_OPTIONS $<$<CONFIG:Release>:-O3>)

# What only heed's own files include: not installed.
set(heed_private_headers
  "ops/(factor|in_place|loss_parts|attention_(parts|composed|operands)|kernel/(table|(additive|attention|bfloat16|compact|fused|gemm|pointwise|rows)_table|(attention|gemm)_tiles|attention_merge|dropout|peak|workspace))\\.hpp$|(core/(pool|profiler|io/calls)|nn/(load_tensor|inspect/parts|optim/(adam_rule|checks)))\\.hpp$")

# Every *_isa.cpp is compiled once for each instruction set. No contraction: what is fused is written as such, so that the same
# numbers come out of every compiler.
include(HeedIsa)

# Shared libraries export the names that mention namespace heed and nothing else, such as instantiations of fmt's templates.
set(exports ${PROJECT_SOURCE_DIR}/cmake/exports.map)
check_linker_flag(CXX "-Wl,--version-script=${exports}" HEED_HAS_VERSION_SCRIPT)

function(heed_library target output)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${output} EXPORT_NAME ${ARGV2}
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  if(BUILD_SHARED_LIBS AND HEED_HAS_VERSION_SCRIPT)
    target_link_options(${target} PRIVATE -Wl,--version-script=${exports})
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${exports})
  endif()
  add_library(heed::${ARGV2} ALIAS ${target})
endfunction()

add_library(heed_base ${base_sources})
heed_compile(heed_base)
heed_library(heed_base heed_base base)
set_target_properties(heed_base PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_include_directories(heed_base PUBLIC $<BUILD_INTERFACE:${HEED_INCLUDE_DIR}> $<INSTALL_INTERFACE:include>)
target_link_libraries(heed_base PUBLIC xtensor xtl xsimd fmt::fmt Threads::Threads PRIVATE $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)

# heed_twin(name definition...): <name>_objects, <name>_<isa>..., the list ${name}_parts of their objects, and the library.
function(heed_twin name)
  set(parts ${name}_objects)
  add_library(${name}_objects OBJECT ${real_sources})
  heed_compile(${name}_objects)
  heed_precompile(${name}_objects ops/op.hpp)
  target_link_libraries(${name}_objects PRIVATE $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)
  if(HEED_BUILD_TESTS)
    target_compile_definitions(${name}_objects PRIVATE HEED_TESTING)
  endif()
  set(own_isas ${isas})
  if(isa_bfloat16 AND NOT "HEED_DOUBLE" IN_LIST ARGN)
    list(APPEND own_isas ${isa_bfloat16})
    set(sources_${isa_bfloat16} ops/kernel/bfloat16_isa.cpp)
    target_compile_definitions(${name}_objects PRIVATE HEED_BFLOAT16_ISA=${isa_bfloat16})
  endif()
  foreach(isa IN LISTS own_isas)
    if(NOT DEFINED sources_${isa})
      set(sources_${isa} ${isa_sources})
    endif()
    add_library(${name}_${isa} OBJECT ${sources_${isa}})
    heed_compile(${name}_${isa} -O3)
    target_compile_options(${name}_${isa} PRIVATE $<$<NOT:$<CONFIG:Release>>:-O1>)  # xsimd 8 and g++ 12 do not compile AVX-512 at -O0
    target_compile_definitions(${name}_${isa} PRIVATE HEED_ISA_NS=${isa})
    target_compile_options(${name}_${isa} PRIVATE ${isa_flags_${isa}})
    target_link_libraries(${name}_${isa} PRIVATE xsimd)
    list(APPEND parts ${name}_${isa})
  endforeach()
  set(objects)
  foreach(part IN LISTS parts)
    set_target_properties(${part} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_link_libraries(${part} PUBLIC heed_base)
    target_compile_options(${part} PRIVATE -ffp-contract=off)
    target_compile_definitions(${part} PUBLIC ${ARGN})
    list(APPEND objects $<TARGET_OBJECTS:${part}>)
  endforeach()
  set(${name}_parts ${objects} PARENT_SCOPE)
  add_library(${name} ${objects})
  heed_library(${name} ${name} ${name})
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_compile_definitions(${name} PUBLIC ${ARGN})
  target_link_libraries(${name} PUBLIC heed_base)
endfunction()

# heed_npz: NPZ files, where libzip is installed.
heed_find(ZIP zip zip.h)
if(HEED_ZIP_FOUND)
  add_library(heed_npz core/io/npz.cpp)
  heed_compile(heed_npz)
  heed_library(heed_npz heed_npz npz)
  set_target_properties(heed_npz PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_include_directories(heed_npz SYSTEM PRIVATE ${HEED_ZIP_INCLUDE})
  target_link_libraries(heed_npz PUBLIC heed_base PRIVATE $<BUILD_INTERFACE:${HEED_ZIP_LIBRARY}> $<INSTALL_INTERFACE:zip>)
else()
  message(STATUS "heed: no libzip (Debian: libzip-dev), so no heed::npz for NPZ files")
  string(APPEND heed_private_headers "|core/io/npz\\.hpp$")
endif()

heed_twin(heed)

# heed_program: the command lines of trainers, where CLI11 is installed.
if(HEED_BUILD_PROGRAM)
  find_package(CLI11 QUIET)
endif()
if(HEED_BUILD_PROGRAM AND CLI11_FOUND)
  add_library(heed_program_objects OBJECT ${program_sources})
  heed_compile(heed_program_objects)
  set_target_properties(heed_program_objects PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(heed_program_objects PUBLIC heed nlohmann_json::nlohmann_json PRIVATE CLI11::CLI11)
  add_library(heed_program $<TARGET_OBJECTS:heed_program_objects>)
  heed_library(heed_program heed_program program)
  target_link_libraries(heed_program PUBLIC heed nlohmann_json::nlohmann_json)
else()
  if(HEED_BUILD_PROGRAM)
    message(STATUS "heed: no CLI11 (Debian: libcli11-dev), so no heed::program for the command lines of trainers")
  endif()
  string(APPEND heed_private_headers "|nn/program/.*\\.hpp$")
endif()
if(HEED_BUILD_DOUBLE)
  heed_twin(heed64 HEED_DOUBLE)
endif()
