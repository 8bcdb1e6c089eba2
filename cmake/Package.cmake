# Debian packages, as packaging/build.sh makes them: one a component of cmake/Install.cmake. Their
# texts lie in packaging/debian, and the changelog, which has their version.
set(CIHSM_DEBIAN ${CMAKE_SOURCE_DIR}/packaging/debian)
set(CIHSM_PACKAGE_library libcihsm0)
set(CIHSM_PACKAGE_development libcihsm-dev)
set(CIHSM_PACKAGE_program cihsm)

find_program(GZIP gzip REQUIRED)
file(STRINGS ${CIHSM_DEBIAN}/changelog heads REGEX "^cihsm ")
file(STRINGS ${CIHSM_DEBIAN}/changelog signed REGEX "^ -- ")
list(GET heads 0 head)
list(GET signed 0 signed)
if(NOT head MATCHES "^cihsm \\(${PROJECT_VERSION}-([0-9]+)\\)")
    message(FATAL_ERROR "packaging/debian/changelog begins with another version: ${head}")
endif()
set(CPACK_DEBIAN_PACKAGE_RELEASE ${CMAKE_MATCH_1})
string(REGEX REPLACE "^ -- (.*>)  .*$" "\\1" CPACK_PACKAGE_CONTACT ${signed})

# Changelogs are compressed without name and time in them
function(cihsm_compress from to)
    configure_file(${from} ${to} COPYONLY)
    execute_process(COMMAND ${GZIP} -9nf ${to} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
set(made ${CMAKE_BINARY_DIR}/debian)
cihsm_compress(${CIHSM_DEBIAN}/changelog ${made}/changelog.Debian)
cihsm_compress(${CMAKE_SOURCE_DIR}/docs/CHANGELOG.md ${made}/changelog)
foreach(component library development program)
    install(FILES ${CIHSM_DEBIAN}/copyright ${made}/changelog.Debian.gz ${made}/changelog.gz
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${CIHSM_PACKAGE_${component}}
        COMPONENT ${component})
    string(TOUPPER ${component} upper)
    set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${CIHSM_PACKAGE_${component}})
    file(READ ${CIHSM_DEBIAN}/${CIHSM_PACKAGE_${component}}.description
        CPACK_DEBIAN_${upper}_DESCRIPTION)
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME cihsm)
set(CPACK_DEBIAN_PACKAGE_SOURCE cihsm)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # the first line of each description is its own
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL library development program)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON) # in the same version
set(CPACK_COMPONENT_DEVELOPMENT_DEPENDS library)
set(CPACK_COMPONENT_PROGRAM_DEPENDS library)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_LIBRARY_OUTPUT_DIRECTORY})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# A program wants just the version it was built with: before 1.0 the interface may change with each
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY "=")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS
    "opensc, openssl, p11-kit, python3, nginx-light, softhsm2")
# A trigger does what ldconfig is for. CPack leaves out scripts of its own where such files are named,
# and warns that they are missing.
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA
    ${CIHSM_DEBIAN}/triggers ${CIHSM_DEBIAN}/none/postinst ${CIHSM_DEBIAN}/none/postrm)
include(CPack)
