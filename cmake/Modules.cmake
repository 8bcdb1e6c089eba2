# cihsm_module(NAME SOURCES ... [LINK ...]): one OBJECT library per folder of src/.
#
# A module sees the public headers and, of src/, only the folders that src/layers.txt allows: they
# are linked into a private include folder, so "tls/policy.h" does not even exist for a module that
# may not use it.

set(CIHSM_LAYERS_FILE ${CMAKE_SOURCE_DIR}/src/layers.txt)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CIHSM_LAYERS_FILE})
file(STRINGS ${CIHSM_LAYERS_FILE} CIHSM_LAYER_LINES REGEX "^[a-z0-9]+:")

function(cihsm_module_view name out_dir)
    set(allowed "")
    foreach(line IN LISTS CIHSM_LAYER_LINES)
        if(line MATCHES "^${name}:(.*)$")
            string(STRIP "${CMAKE_MATCH_1}" allowed)
            separate_arguments(allowed)
            set(known TRUE)
        endif()
    endforeach()
    if(NOT known)
        message(FATAL_ERROR "module ${name} has no line in src/layers.txt")
    endif()
    set(view ${CMAKE_BINARY_DIR}/views/${name})
    file(REMOVE_RECURSE ${view})
    file(MAKE_DIRECTORY ${view})
    foreach(folder IN LISTS allowed ITEMS ${name})
        if(IS_DIRECTORY ${CMAKE_SOURCE_DIR}/src/${folder})
            file(CREATE_LINK ${CMAKE_SOURCE_DIR}/src/${folder} ${view}/${folder} SYMBOLIC)
        endif()
    endforeach()
    set(${out_dir} ${view} PARENT_SCOPE)
endfunction()

# cihsm_embed(INPUT SYMBOL HEADER OUT): a file of the calling folder as a C array; *OUT is the source
# that defines it.
function(cihsm_embed input symbol header out)
    set(embedded ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
    add_custom_command(
        OUTPUT ${embedded}
        COMMAND ${CMAKE_COMMAND} -DINPUT=${CMAKE_CURRENT_SOURCE_DIR}/${input} -DSYMBOL=${symbol}
                -DHEADER=${header} -DOUTPUT=${embedded} -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
        DEPENDS ${input} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
        COMMENT "Embedding ${input}"
        VERBATIM)
    set(${out} ${embedded} PARENT_SCOPE)
endfunction()

function(cihsm_module name)
    cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
    cihsm_module_view(${name} view)
    add_library(cihsm_${name} OBJECT ${arg_SOURCES})
    target_include_directories(cihsm_${name} PRIVATE ${CMAKE_SOURCE_DIR}/include ${view})
    target_compile_definitions(cihsm_${name} PRIVATE CIHSM_VERSION="${PROJECT_VERSION}")
    target_link_libraries(cihsm_${name} PRIVATE cihsm_options ${arg_LINK})
endfunction()
