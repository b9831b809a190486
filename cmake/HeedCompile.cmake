# How heed's own sources are compiled.

# In the tree, headers are found as <heed/core/...>, exactly as in a user's program: by a link to the source folder.
set(HEED_INCLUDE_DIR ${PROJECT_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${HEED_INCLUDE_DIR})
file(CREATE_LINK ${PROJECT_SOURCE_DIR} ${HEED_INCLUDE_DIR}/heed SYMBOLIC)

# ccache makes paths relative to the build folder.
set(relative_paths)
foreach(folder IN ITEMS ${PROJECT_SOURCE_DIR} ${HEED_INCLUDE_DIR}/heed)  # of those that fit, the last counts
  file(RELATIVE_PATH relative ${CMAKE_BINARY_DIR} ${folder})
  string(REGEX REPLACE "/$" "" relative "${relative}")
  if(relative)
    list(APPEND relative_paths -ffile-prefix-map=${relative}/=)
  endif()
endforeach()

# heed_compile(target [optimization]): language, warnings, and paths in messages relative to the source folder.
# The optimization (-O2 by default) holds for Release.
function(heed_compile target)
  set(optimization -O2)
  if(ARGC GREATER 1)
    set(optimization ${ARGV1})
  endif()
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wconversion
    $<$<CXX_COMPILER_ID:Clang,AppleClang>:-Wshadow>  # g++ 12 also flags constructor and lambda parameters
    $<$<BOOL:${HEED_WARNINGS_AS_ERRORS}>:-Werror>
    $<$<CONFIG:Release>:${optimization}>
    -ffunction-sections -fdata-sections  # a program's linker can leave out what it does not call
    -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=
    -ffile-prefix-map=${HEED_INCLUDE_DIR}/heed/=
    ${relative_paths})
endfunction()

# heed_program(target): a program, without the functions that it does not call.
include(CheckLinkerFlag)
check_linker_flag(CXX "-Wl,--gc-sections" HEED_HAS_GC_SECTIONS)
function(heed_program target)
  heed_compile(${target})
  if(HEED_HAS_GC_SECTIONS)
    target_link_options(${target} PRIVATE -Wl,--gc-sections)
  endif()
endfunction()

# heed_precompile(target header...): parses the headers once for all files of a target of many.
function(heed_precompile target)
  if(HEED_PRECOMPILED_HEADERS)
    list(TRANSFORM ARGN REPLACE ".+" "<heed/\\0>")
    target_precompile_headers(${target} PRIVATE ${ARGN})
    # g++ 12 warns of its own <string> (GCC bug 105651), which it hides only where it sees that the header is the system's.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds;-Wno-restrict;-Wno-stringop-overflow;-Wno-stringop-overread>)
  endif()
endfunction()
