# What `cmake --install` puts where (GNUInstallDirs). Three components, which are the Debian packages
# as well (cmake/Package.cmake): library, development, program; and license, which those have in a
# file of Debian's own form.
#
# What is installed elsewhere (docs/man) is of the program if it says nothing else.
#
# A tree may be moved as a whole after it was installed: cihsm.pc, the CMake package and the program
# look for the library from where they are.
include(CMakePackageConfigHelpers)

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME program)
set(CIHSM_FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
set(CIHSM_INSTALL_CMAKEDIR ${CMAKE_INSTALL_LIBDIR}/cmake/cihsm)
set(CIHSM_INSTALL_EXAMPLES ${CMAKE_INSTALL_DOCDIR}/examples)
file(RELATIVE_PATH CIHSM_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" CIHSM_PC_PREFIX ${CIHSM_PC_PREFIX})

foreach(dir BINDIR LIBDIR INCLUDEDIR DATADIR)
    if(IS_ABSOLUTE "${CMAKE_INSTALL_${dir}}")
        message(FATAL_ERROR "CMAKE_INSTALL_${dir} must be relative to the prefix")
    endif()
endforeach()

# The library
install(TARGETS cihsm EXPORT cihsm-targets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    COMPONENT library NAMELINK_COMPONENT development
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# What programs need to be built with it
install(DIRECTORY include/cihsm DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
    FILE_PERMISSIONS ${CIHSM_FILE_PERMISSIONS} FILES_MATCHING PATTERN *.h)
install(EXPORT cihsm-targets NAMESPACE cihsm:: DESTINATION ${CIHSM_INSTALL_CMAKEDIR}
    COMPONENT development)
configure_package_config_file(cmake/cihsm-config.cmake.in ${CMAKE_BINARY_DIR}/cihsm-config.cmake
    INSTALL_DESTINATION ${CIHSM_INSTALL_CMAKEDIR} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/cihsm-config-version.cmake
    COMPATIBILITY SameMinorVersion) # 0.x: the interface may change with each
install(FILES ${CMAKE_BINARY_DIR}/cihsm-config.cmake ${CMAKE_BINARY_DIR}/cihsm-config-version.cmake
    DESTINATION ${CIHSM_INSTALL_CMAKEDIR} COMPONENT development)
configure_file(cmake/cihsm.pc.in ${CMAKE_BINARY_DIR}/cihsm.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/cihsm.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
install(FILES docs/examples/failed_messages.c docs/examples/set_parameter.c
    DESTINATION ${CIHSM_INSTALL_EXAMPLES} COMPONENT development)

# The documents, in folders named as in the sources, so that "docs/guides/export.md" is a file below
# CMAKE_INSTALL_DOCDIR, too. Documents about the sources stay in them.
set(CIHSM_INSTALL_DOCS ${CMAKE_INSTALL_DOCDIR}/docs)
foreach(document library performance sap-contract)
    install(FILES docs/${document}.md DESTINATION ${CIHSM_INSTALL_DOCS} COMPONENT development)
endforeach()
foreach(document coverage key-evidence reliability security)
    install(FILES docs/${document}.md DESTINATION ${CIHSM_INSTALL_DOCS} COMPONENT program)
endforeach()
install(DIRECTORY docs/adr DESTINATION ${CIHSM_INSTALL_DOCS} COMPONENT development
    FILE_PERMISSIONS ${CIHSM_FILE_PERMISSIONS} FILES_MATCHING PATTERN *.md)
install(DIRECTORY docs/guides DESTINATION ${CIHSM_INSTALL_DOCS} COMPONENT program
    FILE_PERMISSIONS ${CIHSM_FILE_PERMISSIONS} FILES_MATCHING PATTERN *.md)
install(DIRECTORY hsm-setup DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program
    FILE_PERMISSIONS ${CIHSM_FILE_PERMISSIONS} FILES_MATCHING PATTERN *.md)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/links)
file(CREATE_LINK ../examples ${CMAKE_BINARY_DIR}/links/examples SYMBOLIC)
install(FILES ${CMAKE_BINARY_DIR}/links/examples DESTINATION ${CIHSM_INSTALL_DOCS}
    COMPONENT development)

# The program
file(RELATIVE_PATH up /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
set_target_properties(cihsm-cli PROPERTIES INSTALL_RPATH "$ORIGIN/${up}")
install(TARGETS cihsm-cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)

# Completions, where each shell looks for them: Debian's zsh does so in vendor-completions
set(completions src/cli/completions)
install(FILES ${completions}/cihsm.bash RENAME cihsm
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    COMPONENT program PERMISSIONS ${CIHSM_FILE_PERMISSIONS})
foreach(folder site-functions vendor-completions)
    install(FILES ${completions}/cihsm.zsh RENAME _cihsm
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${folder}
        COMPONENT program PERMISSIONS ${CIHSM_FILE_PERMISSIONS})
endforeach()
install(FILES ${completions}/cihsm.fish
    DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
    COMPONENT program PERMISSIONS ${CIHSM_FILE_PERMISSIONS})

# The quickstart, as it lies in the sources
install(PROGRAMS hsm-setup/network-hsm.sh hsm-setup/packages.sh hsm-setup/quickstart.sh
    hsm-setup/softhsm.sh
    DESTINATION ${CIHSM_INSTALL_EXAMPLES}/hsm-setup COMPONENT program)
install(DIRECTORY tests/sandbox DESTINATION ${CIHSM_INSTALL_EXAMPLES}/tests COMPONENT program
    FILE_PERMISSIONS ${CIHSM_FILE_PERMISSIONS}
    FILES_MATCHING PATTERN *.py PATTERN nginx.conf.in
    PATTERN selftest* EXCLUDE PATTERN __pycache__ EXCLUDE)
install(PROGRAMS tests/sandbox/ca.sh tests/sandbox/sandbox.py tests/sandbox/tenant.py
    DESTINATION ${CIHSM_INSTALL_EXAMPLES}/tests/sandbox COMPONENT program)
install(DIRECTORY docs/examples/systemd DESTINATION ${CIHSM_INSTALL_EXAMPLES}
    COMPONENT program FILE_PERMISSIONS ${CIHSM_FILE_PERMISSIONS})

install(FILES LICENSE NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT license)
