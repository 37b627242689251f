/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ceremony.h"

#include "base/i18n.h"
#include "keys/crypto.h"
#include "schema/reason.h"

#include <hpdf.h>
#include <stdio.h>
#include <string.h>

/*
 * A plan on paper: A4, the printer's own fonts (Helvetica, Courier) in Windows-1252, which has every letter of Indonesian
 * and English. Nothing in the file depends on when or where it was made.
 */

#define PAGE_WIDTH 595.0F
#define PAGE_HEIGHT 842.0F
#define MARGIN 50.0F
#define WIDTH (PAGE_WIDTH - 2.0F * MARGIN)
#define BOTTOM 60.0F
#define FOOT 34.0F
#define BODY 10.0F
#define SMALL 8.0F
#define LEADING 1.35F
#define BOX_HEIGHT 34.0F
#define LINE_CHARACTERS 85
#define BOX_WIDTH 62.0F
#define LABEL_WIDTH 170.0F
#define PAGES_MAX 64

struct printing {
    const struct ceremony_plan *plan;
    HPDF_Doc document;
    HPDF_Font regular;
    HPDF_Font bold;
    HPDF_Font fixed;
    HPDF_Page pages[PAGES_MAX];
    size_t page_count;
    HPDF_REAL y;  /* of the next line's top */
    bool foreign; /* a letter that the fonts lack */
    bool full;    /* more pages than there may be */
};

static HPDF_Page page_of(const struct printing *printing) {
    return printing->pages[printing->page_count - 1];
}

static void new_page(struct printing *printing) {
    if (printing->page_count == PAGES_MAX) {
        printing->full = true;
        printing->y = PAGE_HEIGHT - MARGIN;
        return;
    }
    HPDF_Page page = HPDF_AddPage(printing->document);
    printing->pages[printing->page_count++] = page;
    (void)HPDF_Page_SetWidth(page, PAGE_WIDTH);
    (void)HPDF_Page_SetHeight(page, PAGE_HEIGHT);
    (void)HPDF_Page_SetLineWidth(page, 0.6F);
    printing->y = PAGE_HEIGHT - MARGIN;
}

/* A new page unless so much is left on this one. */
static void need(struct printing *printing, HPDF_REAL height) {
    if (printing->y - height < BOTTOM) {
        new_page(printing);
    }
}

/* ---- text ---- */

/* One character of UTF-8 to Windows-1252; 0 for one that it lacks. */
static unsigned char narrow(const unsigned char *text, size_t size, size_t *taken) {
    static const struct {
        uint32_t code;
        unsigned char byte;
    } high[] = {{0x2013, 0x96}, {0x2014, 0x97}, {0x2018, 0x91}, {0x2019, 0x92}, {0x201C, 0x93}, {0x201D, 0x94},
        {0x2026, 0x85}, {0x20AC, 0x80}};
    uint32_t code = text[0];
    *taken = 1;
    if (text[0] >= 0xC0 && text[0] < 0xE0 && size >= 2) {
        code = (uint32_t)(text[0] & 0x1F) << 6 | (text[1] & 0x3F);
        *taken = 2;
    } else if (text[0] >= 0xE0 && text[0] < 0xF0 && size >= 3) {
        code = (uint32_t)(text[0] & 0x0F) << 12 | (uint32_t)(text[1] & 0x3F) << 6 | (text[2] & 0x3F);
        *taken = 3;
    } else if (text[0] >= 0x80) {
        return 0;
    }
    if ((code >= 0x20 && code < 0x7F) || (code >= 0xA0 && code <= 0xFF)) {
        return (unsigned char)code;
    }
    for (size_t i = 0; i < sizeof high / sizeof high[0]; i++) {
        if (high[i].code == code) {
            return high[i].byte;
        }
    }
    return 0;
}

static void convert(struct printing *printing, struct ceremony_text text, char line[CEREMONY_LINE_MAX + 1]) {
    size_t length = 0;
    for (size_t at = 0; at < text.size && length < CEREMONY_LINE_MAX;) {
        size_t taken = 0;
        const unsigned char byte = narrow((const unsigned char *)text.data + at, text.size - at, &taken);
        printing->foreign = printing->foreign || byte == 0;
        line[length++] = (char)(byte == 0 ? '?' : byte);
        at += taken;
    }
    line[length] = 0;
}

static void put_at(
    struct printing *printing, HPDF_Font font, HPDF_REAL size, HPDF_REAL x, HPDF_REAL y, const char *line) {
    HPDF_Page page = page_of(printing);
    (void)HPDF_Page_SetFontAndSize(page, font, size);
    (void)HPDF_Page_BeginText(page);
    (void)HPDF_Page_TextOut(page, x, y, line);
    (void)HPDF_Page_EndText(page);
}

/* As much of the line as fits the width, by words where there are any; its length. */
static size_t fitting(
    const struct printing *printing, HPDF_Font font, HPDF_REAL size, const char *line, HPDF_REAL width) {
    (void)HPDF_Page_SetFontAndSize(page_of(printing), font, size);
    HPDF_UINT count = HPDF_Page_MeasureText(page_of(printing), line, width, HPDF_TRUE, NULL);
    if (count == 0) {
        count = HPDF_Page_MeasureText(page_of(printing), line, width, HPDF_FALSE, NULL);
    }
    return count == 0 && line[0] != 0 ? 1 : count;
}

/* Text in lines of that width, at x. */
static void put_lines(struct printing *printing, HPDF_Font font, HPDF_REAL size, HPDF_REAL x, HPDF_REAL width,
    struct ceremony_text text) {
    char line[CEREMONY_LINE_MAX + 1];
    convert(printing, text, line);
    for (char *at = line; *at != 0;) {
        need(printing, size * LEADING);
        const size_t count = fitting(printing, font, size, at, width);
        const char kept = at[count];
        at[count] = 0;
        printing->y -= size * LEADING;
        put_at(printing, font, size, x, printing->y, at);
        at[count] = kept;
        at += count;
        at += strspn(at, " ");
    }
}

static struct ceremony_text text_of(const char *text) {
    return (struct ceremony_text){text, strlen(text)};
}

static void space(struct printing *printing, HPDF_REAL height) {
    printing->y -= height;
}

static void rectangle(struct printing *printing, HPDF_REAL x, HPDF_REAL y, HPDF_REAL width, HPDF_REAL height) {
    HPDF_Page page = page_of(printing);
    (void)HPDF_Page_Rectangle(page, x, y, width, height);
    (void)HPDF_Page_Stroke(page);
}

/* ---- parts ---- */

static void put_details(struct printing *printing) {
    const struct ceremony_plan *plan = printing->plan;
    for (size_t i = 0; i < CEREMONY_FIELDS; i++) {
        if (plan->details.values[i][0] == 0) {
            continue;
        }
        need(printing, 2.0F * BODY * LEADING);
        const HPDF_REAL top = printing->y;
        put_lines(printing, printing->bold, SMALL + 1.0F, MARGIN + 4.0F, LABEL_WIDTH - 8.0F, plan->labels[i]);
        const HPDF_REAL under = printing->y;
        printing->y = top;
        put_lines(printing, printing->regular, SMALL + 1.0F, MARGIN + LABEL_WIDTH, WIDTH - LABEL_WIDTH - 4.0F,
            text_of(plan->details.values[i]));
        printing->y = (under < printing->y ? under : printing->y) - 3.0F;
        rectangle(printing, MARGIN, printing->y, WIDTH, top - printing->y);
    }
    space(printing, BODY);
}

/* A command in a frame of its own; long ones go on in the next line with a mark. */
static void put_command(struct printing *printing, struct ceremony_text command) {
    need(printing, 2.0F * BODY * LEADING);
    const HPDF_REAL top = printing->y;
    put_lines(printing, printing->fixed, BODY - 1.0F, MARGIN + 8.0F, WIDTH - 16.0F, command);
    space(printing, 4.0F);
    if (printing->y < top) { /* on one page */
        rectangle(printing, MARGIN, printing->y, WIDTH, top - printing->y);
    }
    space(printing, 3.0F);
}

/* A box to tick, and a line to write on for what is typed as well. */
static void put_check(struct printing *printing, const struct ceremony_check *check) {
    const HPDF_REAL height = (ceremony_check_typed(check) ? 1.8F : 1.0F) * BODY * LEADING;
    const HPDF_REAL text = MARGIN + 24.0F;
    need(printing, height);
    space(printing, height - BODY * LEADING);
    rectangle(printing, MARGIN + 8.0F, printing->y - BODY * LEADING, SMALL, SMALL);
    put_lines(printing, printing->fixed, SMALL + 1.0F, text, WIDTH - 24.0F, check->words);
    const HPDF_REAL end = text + (HPDF_REAL)check->words.size * 0.6F * (SMALL + 1.0F) + 8.0F;
    if (ceremony_check_typed(check) && end < MARGIN + WIDTH) {
        HPDF_Page page = page_of(printing);
        (void)HPDF_Page_MoveTo(page, end, printing->y - 2.0F);
        (void)HPDF_Page_LineTo(page, MARGIN + WIDTH, printing->y - 2.0F);
        (void)HPDF_Page_Stroke(page);
    }
}

static void put_boxes(struct printing *printing, const struct ceremony_step *step) {
    HPDF_REAL x = MARGIN;
    need(printing, BOX_HEIGHT + 8.0F);
    space(printing, BOX_HEIGHT + 4.0F);
    for (size_t person = 0; person <= CEREMONY_PEOPLE; person++) {
        const bool last = person == CEREMONY_PEOPLE;
        if (!last && (step->who & 1u << person) == 0) {
            continue;
        }
        if (x + BOX_WIDTH > MARGIN + WIDTH) {
            need(printing, BOX_HEIGHT + 4.0F);
            space(printing, BOX_HEIGHT + 4.0F);
            x = MARGIN;
        }
        rectangle(printing, x, printing->y, BOX_WIDTH, BOX_HEIGHT);
        put_at(printing, printing->regular, SMALL, x + 3.0F, printing->y + BOX_HEIGHT - SMALL - 1.0F,
            last ? "HH:MM" : ceremony_person_word(person));
        x += BOX_WIDTH + 4.0F;
    }
}

/* How high a step is at most, so that a short one is not torn over two pages. */
static HPDF_REAL height_of(const struct printing *printing, const struct ceremony_step *step) {
    HPDF_REAL lines = 3.0F;
    size_t more = 0; /* of long texts, which run over several */
    for (size_t i = 0; i < step->paragraph_count; i++) {
        lines += 1.0F;
        more += step->paragraphs[i].size / LINE_CHARACTERS;
    }
    for (size_t i = 0; i < step->command_count; i++) {
        lines += 2.0F;
        more += step->commands[i].size / LINE_CHARACTERS;
    }
    lines += (HPDF_REAL)more;
    (void)printing;
    return (lines + 1.8F * (HPDF_REAL)step->check_count + (step->see.size > 0 ? 2.0F : 0.0F)) * BODY * LEADING +
           BOX_HEIGHT + 30.0F;
}

static void put_step(struct printing *printing, const struct ceremony_step *step, size_t number) {
    char head[CEREMONY_LINE_MAX + 1];
    const HPDF_REAL height = height_of(printing, step);
    need(printing, height < PAGE_HEIGHT / 2.0F ? height : PAGE_HEIGHT / 3.0F);
    (void)snprintf(head, sizeof head, "%zu. %.*s", number, (int)step->title.size, step->title.data);
    put_lines(printing, printing->bold, BODY + 2.0F, MARGIN, WIDTH, text_of(head));
    put_lines(printing, printing->bold, SMALL + 1.0F, MARGIN, WIDTH, step->who_text);
    space(printing, 3.0F);
    for (size_t i = 0; i < step->paragraph_count; i++) {
        put_lines(printing, printing->regular, BODY, MARGIN, WIDTH, step->paragraphs[i]);
        space(printing, 4.0F);
    }
    for (size_t i = 0; i < step->command_count; i++) {
        put_command(printing, step->commands[i]);
    }
    if (step->see.size > 0) {
        put_lines(printing, printing->bold, BODY, MARGIN + 8.0F, WIDTH - 8.0F, step->see);
        space(printing, 3.0F);
    }
    for (size_t i = 0; i < step->check_count; i++) {
        put_check(printing, &step->checks[i]);
    }
    space(printing, 4.0F);
    put_boxes(printing, step);
    space(printing, BODY + 6.0F);
}

/* The hash and the number of the page, when all pages are there. */
static void put_feet(struct printing *printing) {
    char hash[SBK_FINGERPRINT_ROOM];
    char line[64];
    const size_t count = printing->page_count;
    sbk_fingerprint_text(printing->plan->hash, hash);
    for (size_t i = 0; i < count; i++) {
        printing->page_count = i + 1;
        (void)snprintf(line, sizeof line, "%zu/%zu", i + 1, count);
        put_at(printing, printing->fixed, SMALL - 1.0F, MARGIN, FOOT, hash);
        put_at(printing, printing->regular, SMALL, PAGE_WIDTH - MARGIN - 30.0F, FOOT, line);
    }
}

static void put_all(struct printing *printing) {
    const struct ceremony_plan *plan = printing->plan;
    new_page(printing);
    put_lines(printing, printing->bold, BODY + 6.0F, MARGIN, WIDTH, plan->title);
    space(printing, 6.0F);
    for (size_t i = 0; i < plan->paragraph_count; i++) {
        put_lines(printing, printing->regular, BODY, MARGIN, WIDTH, plan->paragraphs[i]);
        space(printing, 4.0F);
    }
    space(printing, 4.0F);
    put_details(printing);
    for (size_t i = 0; i < plan->step_count; i++) {
        put_step(printing, &plan->steps[i], i + 1);
    }
    put_feet(printing);
}

static sbk_result take_bytes(HPDF_Doc document, struct sbk_buffer *out, struct sbk_error *error) {
    HPDF_BYTE block[4096];
    sbk_result result = SBK_OK;
    if (HPDF_SaveToStream(document) != HPDF_OK || HPDF_ResetStream(document) != HPDF_OK) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    for (;;) {
        HPDF_UINT32 size = sizeof block;
        const HPDF_STATUS status = HPDF_ReadFromStream(document, block, &size);
        if (size > 0 && result == SBK_OK) {
            result = sbk_buffer_append(out, block, size, error);
        }
        if (status != HPDF_OK || size == 0 || result != SBK_OK) {
            return result;
        }
    }
}

sbk_result ceremony_print(const struct ceremony_plan *plan, struct sbk_buffer *out, struct sbk_error *error) {
    struct printing printing = {.plan = plan, .document = HPDF_New(NULL, NULL)};
    sbk_result result = SBK_OK;
    if (printing.document == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
    }
    (void)HPDF_SetCompressionMode(printing.document, HPDF_COMP_TEXT);
    printing.regular = HPDF_GetFont(printing.document, "Helvetica", "WinAnsiEncoding");
    printing.bold = HPDF_GetFont(printing.document, "Helvetica-Bold", "WinAnsiEncoding");
    printing.fixed = HPDF_GetFont(printing.document, "Courier", "WinAnsiEncoding");
    put_all(&printing);
    if (printing.foreign) {
        result = sbk_fail(error, SBK_USAGE, SBK_REASON_USAGE, "%s",
            _("a name has letters that the printed page lacks: write it in Latin letters"));
    } else if (HPDF_GetError(printing.document) != HPDF_OK || printing.full) {
        result = sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("the pages cannot be made (libharu: %04lX)"),
            (unsigned long)HPDF_GetError(printing.document));
    } else {
        result = take_bytes(printing.document, out, error);
    }
    HPDF_Free(printing.document);
    return result;
}
