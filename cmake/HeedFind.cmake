# heed_find(NAME library header [folder]): an optional library, whose header may lie in a folder of its own. Sets HEED_<NAME>_FOUND, and in the cache HEED_<NAME>_LIBRARY and _INCLUDE, so that
# -DHEED_<NAME>_LIBRARY= builds without it. Not by find_package: Debian's package files of libzip ask for its programs, too, and libsndfile's has none.
function(heed_find name library header)
  find_library(HEED_${name}_LIBRARY ${library})
  find_path(HEED_${name}_INCLUDE ${header} PATH_SUFFIXES ${ARGN})
  mark_as_advanced(HEED_${name}_LIBRARY HEED_${name}_INCLUDE)
  set(found OFF)
  if(HEED_${name}_LIBRARY AND HEED_${name}_INCLUDE)
    set(found ON)
  endif()
  set(HEED_${name}_FOUND ${found} PARENT_SCOPE)
endfunction()
