# One interface target with the compile and link options of this project. Nothing is set globally.
add_library(cihsm_options INTERFACE)

target_compile_options(cihsm_options INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-qual -Wundef -Wvla
    -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wnull-dereference
    -Wwrite-strings -Wpointer-arith
    $<$<C_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op>
    $<$<BOOL:${CIHSM_WERROR}>:-Werror>
    # gcc 12 loses memory that is kept behind two pointers, and sees ghosts behind a cleanup in a loop
    $<$<BOOL:${CIHSM_ANALYZE}>:-fanalyzer;-Wno-analyzer-malloc-leak;-Wno-analyzer-use-of-uninitialized-value>
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
target_compile_definitions(cihsm_options INTERFACE
    _GNU_SOURCE OPENSSL_API_COMPAT=30000 OPENSSL_NO_DEPRECATED)

if(CIHSM_HARDENING)
    target_compile_options(cihsm_options INTERFACE
        -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection
        $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection=full>)
    target_link_options(cihsm_options INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

if(CIHSM_COVERAGE)
    target_compile_options(cihsm_options INTERFACE --coverage -fprofile-update=atomic)
    target_link_options(cihsm_options INTERFACE --coverage)
endif()

if(CIHSM_SANITIZE)
    target_compile_options(cihsm_options INTERFACE
        -fsanitize=${CIHSM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(cihsm_options INTERFACE -fsanitize=${CIHSM_SANITIZE})
endif()
