# One program for each folder of examples/ that has a main.cpp. Its other files are an object library, which the tests use, too.
find_package(CLI11 REQUIRED)

file(GLOB sources CONFIGURE_DEPENDS examples/common/*.cpp)
add_library(heed_examples_common OBJECT ${sources})
heed_compile(heed_examples_common)
target_link_libraries(heed_examples_common PUBLIC heed CLI11::CLI11 nlohmann_json::nlohmann_json)
set(heed_example_parts heed_examples_common)

foreach(name IN ITEMS pronounce)
  file(GLOB sources CONFIGURE_DEPENDS examples/${name}/*.cpp)
  list(REMOVE_ITEM sources ${PROJECT_SOURCE_DIR}/examples/${name}/main.cpp)
  add_library(heed_example_${name} OBJECT ${sources})
  heed_compile(heed_example_${name})
  target_link_libraries(heed_example_${name} PUBLIC heed_examples_common)
  list(APPEND heed_example_parts heed_example_${name})

  if(HEED_BUILD_EXAMPLES AND EXISTS ${PROJECT_SOURCE_DIR}/examples/${name}/main.cpp)
    add_executable(${name} examples/${name}/main.cpp $<TARGET_OBJECTS:heed_examples_common>)
    heed_compile(${name})
    target_link_libraries(${name} PRIVATE heed_example_${name})
  endif()
endforeach()

# The two short programs that show the DSL.
if(HEED_BUILD_EXAMPLES)
  foreach(name IN ITEMS classify seq2seq)
    add_executable(${name} examples/${name}/main.cpp)
    heed_compile(${name})
    target_link_libraries(${name} PRIVATE heed)
  endforeach()
endif()
