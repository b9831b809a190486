# The installed package: headers, libraries, a CMake package, heed.pc, and what heed_check_ops needs.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/heed)
set(share_dir ${CMAKE_INSTALL_DATADIR}/heed)

install(FILES heed.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/heed)
foreach(header IN LISTS heed_public_headers)
  get_filename_component(folder ${header} DIRECTORY)
  install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/heed/${folder})
endforeach()

set(targets heed_base heed heed_distributed)
foreach(optional IN ITEMS heed64 heed_npz heed_program ${heed_kits})
  if(TARGET ${optional})
    list(APPEND targets ${optional})
  endif()
endforeach()
install(TARGETS ${targets} EXPORT heedTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set_target_properties(${targets} PROPERTIES INSTALL_RPATH "$ORIGIN")  # the libraries find each other wherever they lie
install(EXPORT heedTargets NAMESPACE heed:: DESTINATION ${package_dir})

configure_package_config_file(cmake/heedConfig.cmake.in ${PROJECT_BINARY_DIR}/heedConfig.cmake
  INSTALL_DESTINATION ${package_dir} PATH_VARS share_dir)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/heedConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/heedConfig.cmake ${PROJECT_BINARY_DIR}/heedConfigVersion.cmake cmake/HeedCheckOps.cmake
  cmake/HeedAddScore.cmake cmake/HeedIsa.cmake cmake/score.cpp.in DESTINATION ${package_dir})
install(DIRECTORY tests/check DESTINATION ${share_dir}/check/heed/tests)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# heed.pc finds its prefix from its own path, so that the tree may be moved.
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH pc_prefix /prefix/${pc_dir} /prefix)
configure_file(heed.pc.in ${PROJECT_BINARY_DIR}/heed.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/heed.pc DESTINATION ${pc_dir})
