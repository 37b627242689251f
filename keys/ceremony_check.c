/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ceremony.h"

#include "keys/store.h"

#include <string.h>

/* The words in backquotes: what a step needs before it counts. */

enum shape {
    BARE,     /* the word alone */
    PATH,     /* and a path to the end */
    KEY,      /* WHERE ROLE GENERATION */
    ISSUED,   /* ROLE [GENERATION] */
    IN_FORCE, /* [GENERATION] */
    NUMBER,   /* GENERATION */
};

static const struct {
    const char *word;
    enum shape shape;
    bool typed;
} forms[CEREMONY_CHECK_KINDS] = {
    [CEREMONY_CHECK_PLAN] = {"plan", BARE, true},
    [CEREMONY_CHECK_ABSENT] = {"absent", PATH, false},
    [CEREMONY_CHECK_KEY] = {"key", KEY, false},
    [CEREMONY_CHECK_FINGERPRINT] = {"fingerprint", KEY, true},
    [CEREMONY_CHECK_CERTIFICATE] = {"certificate", ISSUED, false},
    [CEREMONY_CHECK_ANCHOR] = {"anchor", IN_FORCE, false},
    [CEREMONY_CHECK_ROOT] = {"root", NUMBER, true},
    [CEREMONY_CHECK_NEXT_ROOT] = {"next-root", NUMBER, true},
    [CEREMONY_CHECK_SHARES] = {"shares", KEY, false},
    [CEREMONY_CHECK_KCV] = {"kcv", NUMBER, true},
    [CEREMONY_CHECK_FILE] = {"file", PATH, false},
    [CEREMONY_CHECK_MESSAGE] = {"message", PATH, true},
    [CEREMONY_CHECK_NOTE] = {"note", BARE, true},
};

static bool is(struct ceremony_text text, const char *word) {
    return strlen(word) == text.size && memcmp(word, text.data, text.size) == 0;
}

/* The next word, one blank before it taken off; empty at the end. */
static struct ceremony_text next_word(struct ceremony_text *rest) {
    struct ceremony_text word = {rest->data, 0};
    while (word.size < rest->size && rest->data[word.size] != ' ') {
        word.size++;
    }
    const size_t taken = word.size + (word.size < rest->size ? 1 : 0);
    rest->data += taken;
    rest->size -= taken;
    return word;
}

static bool take_where(struct ceremony_text *rest, enum ceremony_where *where) {
    static const char *const words[] = {"store", "store/next-root", "root", "next"};
    const struct ceremony_text word = next_word(rest);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (is(word, words[i])) {
            *where = (enum ceremony_where)i;
            return true;
        }
    }
    return false;
}

static bool take_role(struct ceremony_text *rest, uint8_t *role) {
    const struct ceremony_text word = next_word(rest);
    for (uint8_t i = SBK_KEY_ROOT; i <= SBK_KEY_TRANSPORT; i++) {
        if (is(word, sbk_key_role_word(i))) {
            *role = i;
            return true;
        }
    }
    return false;
}

static bool take_generation(struct ceremony_text *rest, uint8_t *generation) {
    const struct ceremony_text word = next_word(rest);
    unsigned number = 0;
    for (size_t i = 0; i < word.size && i < 3; i++) {
        if (word.data[i] < '0' || word.data[i] > '9') {
            return false;
        }
        number = 10 * number + (unsigned)(word.data[i] - '0');
    }
    *generation = (uint8_t)number;
    return word.size >= 1 && word.size <= 3 && word.data[0] != '0' && number <= 127;
}

static bool take_rest(enum shape shape, struct ceremony_text rest, struct ceremony_check *check) {
    bool good = false;
    switch (shape) {
    case BARE:
        return rest.size == 0;
    case PATH:
        check->path = rest;
        return rest.size > 0 && rest.size < CEREMONY_PATH_ROOM && memchr(rest.data, ' ', rest.size) == NULL;
    case KEY:
        good = take_where(&rest, &check->where) && take_role(&rest, &check->role) &&
               take_generation(&rest, &check->generation);
        break;
    case ISSUED:
        good = take_role(&rest, &check->role) && check->role != SBK_KEY_ROOT && check->role != SBK_KEY_TRANSPORT &&
               (rest.size == 0 || take_generation(&rest, &check->generation));
        break;
    case IN_FORCE:
        good = rest.size == 0 || take_generation(&rest, &check->generation);
        break;
    case NUMBER:
        good = take_generation(&rest, &check->generation);
        break;
    }
    return good && rest.size == 0;
}

bool ceremony_check_parse(struct ceremony_text words, struct ceremony_check *check) {
    struct ceremony_text rest = words;
    const struct ceremony_text word = next_word(&rest);
    memset(check, 0, sizeof *check);
    check->words = words;
    if (words.size == 0 || words.data[words.size - 1] == ' ') {
        return false;
    }
    for (size_t i = 0; i < CEREMONY_CHECK_KINDS; i++) {
        if (is(word, forms[i].word)) {
            check->kind = (enum ceremony_check_kind)i;
            return take_rest(forms[i].shape, rest, check);
        }
    }
    return false;
}

bool ceremony_check_typed(const struct ceremony_check *check) {
    return forms[check->kind].typed;
}
