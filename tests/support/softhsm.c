/* SPDX-License-Identifier: Apache-2.0 */
#include "support/softhsm.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cihsm/scope.h"

extern char **environ;

struct softhsm_fixture {
    char folder[128];
    char conf[160];
};

/* Debian first, then where other distributions put it. */
static const char *const MODULES[] = {
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
};

const char *softhsm_module(const softhsm_fixture *fixture)
{
    (void)fixture;
    for (size_t i = 0; i < sizeof MODULES / sizeof *MODULES; i++) {
        if (access(MODULES[i], R_OK) == 0) {
            return MODULES[i];
        }
    }
    return MODULES[0];
}

const char *softhsm_conf(const softhsm_fixture *fixture)
{
    return fixture->conf;
}

const char *softhsm_folder(const softhsm_fixture *fixture)
{
    return fixture->folder;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

void softhsm_free(softhsm_fixture **fixture)
{
    if (fixture == NULL || *fixture == NULL) {
        return;
    }
    if (nftw((*fixture)->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0) {
        perror((*fixture)->folder);
    }
    free(*fixture);
    *fixture = NULL;
}

static bool append_line(const char *path, const char *line)
{
    FILE *file = fopen(path, "ae");
    if (file == NULL) {
        perror(path);
        return false;
    }
    fprintf(file, "%s\n", line);
    return fclose(file) == 0;
}

bool softhsm_configure(softhsm_fixture *fixture, const char *line)
{
    return append_line(fixture->conf, line);
}

/* Runs a program with stdout thrown away and waits for it. */
static bool run(char *const argv[])
{
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return false;
    }
    int rc = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t child = -1;
    if (rc == 0) {
        rc = posix_spawnp(&child, argv[0], &actions, NULL, argv, environ);
    }
    posix_spawn_file_actions_destroy(&actions);
    if (rc != 0) {
        fprintf(stderr, "%s: %s\n", argv[0], strerrordesc_np(rc));
        return false;
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            perror("waitpid");
            return false;
        }
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool softhsm_add_token(softhsm_fixture *fixture, const char *label, const char *pin)
{
    (void)fixture;
    char label_copy[64];
    char pin_copy[64];
    char so_pin[] = SOFTHSM_SO_PIN;
    snprintf(label_copy, sizeof label_copy, "%s", label);
    snprintf(pin_copy, sizeof pin_copy, "%s", pin);
    char program[] = "softhsm2-util";
    char init[] = "--init-token";
    char free_slot[] = "--free";
    char label_option[] = "--label";
    char pin_option[] = "--pin";
    char so_pin_option[] = "--so-pin";
    char *const argv[] = {program,    init,     free_slot,     label_option, label_copy,
                          pin_option, pin_copy, so_pin_option, so_pin,       NULL};
    return run(argv);
}

typedef struct places {
    char tokens[160], away[160];
} places;

static places places_of(const softhsm_fixture *fixture)
{
    places at;
    snprintf(at.tokens, sizeof at.tokens, "%s/tokens", fixture->folder);
    snprintf(at.away, sizeof at.away, "%s/away", fixture->folder);
    return at;
}

bool softhsm_hide(const softhsm_fixture *fixture)
{
    const places at = places_of(fixture);
    return rename(at.tokens, at.away) == 0 && mkdir(at.tokens, 0700) == 0;
}

bool softhsm_show(const softhsm_fixture *fixture)
{
    const places at = places_of(fixture);
    return rmdir(at.tokens) == 0 && rename(at.away, at.tokens) == 0;
}

softhsm_fixture *softhsm_new(const char *label, const char *pin)
{
    CIHSM_AUTO(softhsm_free) softhsm_fixture *made = NULL;
    softhsm_fixture *fixture = calloc(1, sizeof *fixture);
    if (fixture == NULL) {
        return NULL;
    }
    const char *base = getenv("TMPDIR");
    snprintf(fixture->folder, sizeof fixture->folder, "%.80s/cihsm-softhsm-XXXXXX",
             base == NULL ? "/tmp" : base);
    if (mkdtemp(fixture->folder) == NULL) {
        perror(fixture->folder);
        free(fixture);
        return NULL;
    }
    made = fixture;
    char tokens[160];
    char line[192];
    snprintf(fixture->conf, sizeof fixture->conf, "%s/softhsm2.conf", fixture->folder);
    snprintf(tokens, sizeof tokens, "%s/tokens", fixture->folder);
    snprintf(line, sizeof line, "directories.tokendir = %s", tokens);
    const bool ready = mkdir(tokens, 0700) == 0 && append_line(fixture->conf, line) &&
                       append_line(fixture->conf, "objectstore.backend = file") &&
                       append_line(fixture->conf, "log.level = ERROR") &&
                       setenv("SOFTHSM2_CONF", fixture->conf, 1) == 0 &&
                       softhsm_add_token(fixture, label, pin);
    if (!ready) {
        return NULL;
    }
    return CIHSM_MOVE(made);
}
