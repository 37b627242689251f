/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for libFuzzer in the ordinary build: runs every input of one target's corpus, every truncation of it and
 * mutations of every byte, in heap blocks of the exact size so that the sanitizers see one byte too many.
 * Bounded: an input of more than WHOLE_LIMIT bytes is mutated at WHOLE_LIMIT evenly spread places; SBK_REPLAY_PLACES says
 * fewer, for a target whose runs are long.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_LIMIT ((size_t)1 << 20)
#define WHOLE_LIMIT ((size_t)1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long runs;

static void run(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        abort();
    if (size)
        memcpy(copy, data, size);
    /* An empty input must not be a pointer to a readable byte. */
    LLVMFuzzerTestOneInput(size ? copy : copy + 1, size);
    free(copy);
    runs++;
}

static void run_mutations(uint8_t *data, size_t size) {
    static const uint8_t replaced[] = {0x00, 0x01, 0x7F, 0x80, 0x81, 0x82, 0xFF};
    const char *fewer = getenv("SBK_REPLAY_PLACES");
    const unsigned long given = fewer != NULL ? strtoul(fewer, NULL, 10) : 0;
    const size_t places = given > 0 ? given : WHOLE_LIMIT;
    size_t step = size > places ? size / places : 1;

    run(data, size);
    for (size_t at = 0; at < size; at += step) {
        uint8_t kept = data[at];

        run(data, at);
        for (unsigned bit = 0; bit < 8; bit++) {
            data[at] = (uint8_t)(kept ^ (1u << bit));
            run(data, size);
        }
        for (size_t i = 0; i < sizeof(replaced); i++) {
            data[at] = replaced[i];
            run(data, size);
        }
        data[at] = kept;
    }
}

static int run_file(const char *directory, const char *name) {
    char path[4096];
    uint8_t *data = malloc(INPUT_LIMIT);
    FILE *file = NULL;
    size_t size = 0;
    int result = 1;

    if (!data || snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
        goto done;
    file = fopen(path, "rb");
    if (!file)
        goto done;
    /* One byte more than the input, so that a trailing byte is tried too. */
    size = fread(data, 1, INPUT_LIMIT - 1, file);
    if (ferror(file))
        goto done;
    run_mutations(data, size);
    data[size] = 0;
    run(data, size + 1);
    result = 0;
done:
    if (file)
        fclose(file);
    free(data);
    return result;
}

int main(int argc, char **argv) {
    DIR *directory;
    struct dirent *entry;
    unsigned files = 0, bad = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
        return 2;
    }
    directory = opendir(argv[1]);
    while (directory && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        files++;
        bad += run_file(argv[1], entry->d_name) != 0;
    }
    if (directory)
        closedir(directory);
    printf("1..1\n%s 1 - %u inputs, %lu runs%s\n", files && !bad ? "ok" : "not ok", files, runs,
        files ? "" : " (the corpus is empty or missing)");
    return files && !bad ? 0 : 1;
}
