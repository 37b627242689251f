/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/language.h"

#include "base/i18n.h"

#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether this program runs from the folder it was built in: then the translations lie there too. Asking the kernel for
 * the program's own path keeps an installed program from ever looking into a build folder. */
static bool runs_from_build(void) {
    char path[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    char *build = length > 0 ? realpath(SBK_BUILD_ROOT, NULL) : NULL;
    if (build == NULL) {
        return false;
    }
    const size_t prefix = strlen(build);
    const bool inside = (size_t)length > prefix && strncmp(path, build, prefix) == 0 && path[prefix] == '/';
    free(build);
    return inside;
}

/* What the environment asks for, by the rules of setlocale; NULL where it asks for nothing or for plain C. */
static const char *wanted_locale(void) {
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') {
            return strcmp(value, "C") == 0 || strcmp(value, "POSIX") == 0 ? NULL : value;
        }
    }
    return NULL;
}

/* gettext translates in any locale but "C"; the language then comes from LANGUAGE alone. */
static void use_language(const char *language) {
    const char *current = setlocale(LC_MESSAGES, NULL);
    if (current == NULL || strcmp(current, "C") == 0 || strcmp(current, "POSIX") == 0) {
        (void)setlocale(LC_ALL, "C.UTF-8");
    }
    (void)setenv("LANGUAGE", language, 1);
}

int cli_language(const char *language) {
    if (language != NULL && strcmp(language, "id") != 0 && strcmp(language, "en") != 0) {
        return -1;
    }
    if (setlocale(LC_ALL, "") == NULL) {
        /* The wanted locale was never generated on this machine: its language needs none. */
        (void)setlocale(LC_ALL, "C.UTF-8");
        const char *wanted = wanted_locale();
        const char *languages = getenv("LANGUAGE");
        if (wanted != NULL && (languages == NULL || languages[0] == '\0')) {
            use_language(strncmp(wanted, "id", 2) == 0 ? "id" : "en");
        }
    }
    if (language != NULL) {
        use_language(language);
    }
    /* Amounts are printed by us and JSON is read by machines: a point stays a point. */
    (void)setlocale(LC_NUMERIC, "C");
    (void)bindtextdomain(SBK_TEXT_DOMAIN, runs_from_build() ? SBK_BUILD_ROOT "/po" : SBK_LOCALE_DIRECTORY);
    (void)bind_textdomain_codeset(SBK_TEXT_DOMAIN, "UTF-8");
    (void)textdomain(SBK_TEXT_DOMAIN);
    return 0;
}

void cli_language_during(const char *language, void (*run)(void *context), void *context) {
    const char *languages = getenv("LANGUAGE");
    const char *locale = setlocale(LC_ALL, NULL);
    char *languages_before = languages != NULL ? strdup(languages) : NULL;
    char *locale_before = locale != NULL ? strdup(locale) : NULL;
    use_language(language);
    run(context);
    if (languages_before != NULL) {
        (void)setenv("LANGUAGE", languages_before, 1);
    } else {
        (void)unsetenv("LANGUAGE");
    }
    if (locale_before != NULL) {
        (void)setlocale(LC_ALL, locale_before);
    }
    free(languages_before);
    free(locale_before);
}
