/* SPDX-License-Identifier: Apache-2.0 */
#include "script.h"

#include "reader/receipt.h"

static const struct sbk_list list = {.header = {.number = 7, .count = 4},
    .items = {{"beras", "Beras medium", SBK_UNIT_GRAM, 1, 13500}, {"gula", "Gula pasir", SBK_UNIT_GRAM, 3, 18000},
        {"minyak", "Minyak goreng", SBK_UNIT_MILLILITRE, 2, 17500}, {"telur", "Telur ayam", SBK_UNIT_PIECE, 4, 2500}}};

static sbk_result read_one(const char *word, struct sbk_wish *wish, struct sbk_error *error) {
    size_t count = 0;
    struct sbk_wish wishes[SBK_LINES_MAX];
    sbk_result result = sbk_basket_read(&list, &word, 1, wishes, &count, error);
    if (result == SBK_OK)
        *wish = wishes[0];
    return result;
}

static void test_words(void **state) {
    static const struct {
        const char *word;
        uint32_t quantity;
        uint32_t price;
    } good[] = {{"beras=5kg", 5000, 13500}, {"beras=0.5kg", 500, 13500}, {"beras=0,125kg@13000", 125, 13000},
        {"beras=1.500kg", 1500, 13500}, {"beras=1.5000000kg", 1500, 13500}, {"beras=7g@1", 7, 1},
        {"minyak=2l", 2000, 17500}, {"minyak=250ml", 250, 17500}, {"telur=10pc", 10, 2500}, {"telur=10.0pc", 10, 2500},
        {"gula=16777.215kg", 16777215, 18000}};
    static const struct {
        const char *word;
        const char *reason;
    } bad[] = {{"beras", SBK_REASON_BASKET}, {"beras=", SBK_REASON_BASKET}, {"beras=kg", SBK_REASON_BASKET},
        {"beras=5", SBK_REASON_BASKET}, {"beras=5l", SBK_REASON_BASKET}, {"beras=0kg", SBK_REASON_BASKET},
        {"beras=0.0001kg", SBK_REASON_BASKET}, {"beras=0.00001kg", SBK_REASON_BASKET},
        {"telur=1.5pc", SBK_REASON_BASKET}, {"beras=.5kg", SBK_REASON_BASKET}, {"beras=5.kg", SBK_REASON_BASKET},
        {"beras=1.2.3kg", SBK_REASON_BASKET}, {"beras=-1kg", SBK_REASON_BASKET},
        {"beras=16777.216kg", SBK_REASON_BASKET}, {"beras=99999999999999999999kg", SBK_REASON_BASKET},
        {"beras=1kg@", SBK_REASON_BASKET}, {"beras=1kg@0", SBK_REASON_BASKET}, {"beras=1kg@1x", SBK_REASON_BASKET},
        {"beras=1kg@99999999999999999999", SBK_REASON_BASKET}, {"=1kg", SBK_REASON_BASKET},
        {"Beras=1kg", SBK_REASON_ITEM}, {"ber=1kg", SBK_REASON_ITEM}, {"beras=1kg@13501", SBK_REASON_PRICE}};
    struct sbk_wish wish = {0};
    struct sbk_error error;
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(read_one(good[i].word, &wish, &error), SBK_OK);
        assert_int_equal(wish.quantity, good[i].quantity);
        assert_int_equal(wish.price, good[i].price);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_not_equal(read_one(bad[i].word, &wish, &error), SBK_OK);
        assert_string_equal(error.reason, bad[i].reason);
    }
}

/* Rice 5 kg (programme 1), any goods Rp100,000 (programme 2), rice 1 kg of the next window (programme 3). */
static void make_purses(struct sbk_purse_view views[3]) {
    memset(views, 0, 3 * sizeof *views);
    views[0] = (struct sbk_purse_view){
        .purse = {.slot = 4, .grant = 11, .programme = 1, .unit = SBK_UNIT_GRAM, .goods = 1}, .balance = 5000};
    views[1] = (struct sbk_purse_view){
        .purse = {.slot = 2, .grant = 12, .programme = 2, .unit = SBK_UNIT_RUPIAH, .goods = SBK_CLASS_ANY},
        .balance = 100000};
    views[2] = (struct sbk_purse_view){
        .purse = {.slot = 6, .grant = 13, .programme = 3, .unit = SBK_UNIT_PIECE, .goods = 4}, .balance = 10};
    views[0].state = views[1].state = views[2].state = SBK_WINDOW_OPEN;
}

static const struct sbk_terminal_rights everything = {
    .programmes = SBK_PROGRAMMES_ALL, .limits = {SBK_LIMIT_NONE, SBK_LIMIT_NONE, SBK_LIMIT_NONE, SBK_LIMIT_NONE}};

static sbk_result split(const char *const *words, size_t count, const struct sbk_terminal_rights *rights,
    const struct sbk_purse_view *views, struct sbk_bill *bill, struct sbk_error *error) {
    struct sbk_wish wishes[SBK_LINES_MAX];
    size_t wish_count = 0;
    assert_int_equal(sbk_basket_read(&list, words, count, wishes, &wish_count, error), SBK_OK);
    return sbk_basket_split(wishes, wish_count, 7, rights, views, 3, bill, error);
}

static void test_split(void **state) {
    static const char *const words[] = {"beras=7kg@13333", "telur=4pc", "minyak=0.1l@9999"};
    struct sbk_purse_view views[3];
    struct sbk_bill bill;
    struct sbk_error error;
    (void)state;
    make_purses(views);
    assert_int_equal(split(words, 3, &everything, views, &bill, &error), SBK_OK);
    assert_int_equal(bill.line_count, 4);
    assert_int_equal(bill.purse_count, 2); /* eggs are bought with money: it comes before the third purse */
    assert_int_equal(bill.lines[0].line.quantity, 5000);
    assert_int_equal(bill.lines[0].line.slot, 4);
    assert_int_equal(bill.lines[0].line.sum, 66665);
    assert_int_equal(bill.lines[1].line.quantity, 2000);
    assert_int_equal(bill.lines[1].line.slot, 2);
    assert_int_equal(bill.lines[1].line.sum, 26666);
    assert_int_equal(bill.lines[2].line.sum, 10000);
    assert_int_equal(bill.lines[3].line.sum, 999); /* rounded down */
    assert_int_equal(bill.purses[0].amount, 5000);
    assert_int_equal(bill.purses[0].after, 0);
    assert_int_equal(bill.purses[1].amount, 26666 + 10000 + 999);
    assert_int_equal(bill.purses[1].after, 100000 - 37665);
    struct sbk_line lines[SBK_LINES_MAX];
    size_t count = 0;
    assert_int_equal(sbk_basket_parse(bill.basket, bill.basket_size, lines, &count), SBK_FORMAT_OK);
    assert_int_equal(count, 4);
}

static void test_split_exhausts_and_refuses(void **state) {
    static const char *const all[] = {"telur=50pc@2500"};
    static const char *const more[] = {"telur=51pc@2500"};
    static const char *const rice[] = {"beras=1kg"};
    struct sbk_purse_view views[3];
    struct sbk_bill bill;
    struct sbk_error error;
    struct sbk_terminal_rights rights = everything;
    (void)state;
    make_purses(views);
    assert_int_equal(split(all, 1, &everything, views, &bill, &error), SBK_OK); /* 40 by money, 10 in kind */
    assert_int_equal(bill.lines[0].line.quantity, 40);
    assert_int_equal(bill.lines[1].line.slot, 6);
    assert_int_equal(split(more, 1, &everything, views, &bill, &error), SBK_REFUSED);
    assert_string_equal(error.reason, SBK_REASON_BALANCE);
    rights.programmes = 0x4; /* programme 3 only */
    assert_int_equal(split(rice, 1, &rights, views, &bill, &error), SBK_REFUSED);
    assert_string_equal(error.reason, SBK_REASON_PROGRAMME);
    views[0].state = SBK_WINDOW_NOT_OPEN;
    rights.programmes = 0x1;
    assert_int_equal(split(rice, 1, &rights, views, &bill, &error), SBK_REFUSED);
    assert_string_equal(error.reason, SBK_REASON_WINDOW_NOT_OPEN);
    views[0].state = SBK_WINDOW_CLOSED;
    assert_int_equal(split(rice, 1, &rights, views, &bill, &error), SBK_REFUSED);
    assert_string_equal(error.reason, SBK_REASON_WINDOW_CLOSED);
    views[1].purse.goods = 9;
    views[0].purse.goods = 8;
    assert_int_equal(split(rice, 1, &rights, views, &bill, &error), SBK_REFUSED);
    assert_string_equal(error.reason, SBK_REASON_NO_PURSE);
}

static void test_limit(void **state) {
    static const char *const words[] = {"beras=4kg"};
    struct sbk_purse_view views[3];
    struct sbk_bill bill;
    struct sbk_error error;
    struct sbk_terminal_rights rights = everything;
    (void)state;
    make_purses(views);
    assert_int_equal(sbk_limit_encode(4000, &rights.limits[0]), SBK_FORMAT_OK);
    assert_int_equal(split(words, 1, &rights, views, &bill, &error), SBK_OK);
    assert_int_equal(sbk_limit_encode(3000, &rights.limits[0]), SBK_FORMAT_OK);
    assert_int_equal(split(words, 1, &rights, views, &bill, &error), SBK_REFUSED);
    assert_string_equal(error.reason, SBK_REASON_LIMIT);
    rights.limits[0] = 0; /* forbids the unit */
    assert_int_equal(split(words, 1, &rights, views, &bill, &error), SBK_REFUSED);
}

static void test_amounts(void **state) {
    static const struct {
        uint8_t unit;
        uint64_t amount;
        const char *text;
    } cases[] = {{SBK_UNIT_GRAM, 5000, "5 kg"}, {SBK_UNIT_GRAM, 1500, "1.5 kg"}, {SBK_UNIT_GRAM, 25, "0.025 kg"},
        {SBK_UNIT_GRAM, 0, "0 kg"}, {SBK_UNIT_MILLILITRE, 250, "0.25 l"}, {SBK_UNIT_PIECE, 10, "10 pc"},
        {SBK_UNIT_RUPIAH, 0, "Rp0"}, {SBK_UNIT_RUPIAH, 999, "Rp999"}, {SBK_UNIT_RUPIAH, 1000, "Rp1,000"},
        {SBK_UNIT_RUPIAH, 12345678, "Rp12,345,678"}};
    char text[SBK_AMOUNT_ROOM];
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        sbk_amount_text(cases[i].unit, cases[i].amount, text);
        assert_string_equal(text, cases[i].text);
    }
    sbk_amount_text(SBK_UNIT_RUPIAH, UINT64_MAX, text);
    sbk_amount_text(SBK_UNIT_GRAM, UINT64_MAX, text);
}

static void test_print(void **state) {
    static const char *const words[] = {"beras=6kg"};
    static const char expected[] = "                SEMBAKO\n"
                                   "Store EW-001            Station EW-001-A\n"
                                   "2025-10-15 12:00:00 WITA          No. 42\n"
                                   "Card 0102030405060708            Entry 3\n"
                                   "----------------------------------------\n"
                                   "Beras medium                 Programme 1\n"
                                   "  5 kg x Rp13,500/kg            Rp67,500\n"
                                   "Beras medium                 Programme 2\n"
                                   "  1 kg x Rp13,500/kg            Rp13,500\n"
                                   "----------------------------------------\n"
                                   "Worth                           Rp81,000\n"
                                   "Programme 1, Beras medium\n"
                                   "                        until 2025-10-31\n"
                                   "  before                            5 kg\n"
                                   "  used                              5 kg\n"
                                   "  left                              0 kg\n"
                                   "Programme 2, staples    until 2025-12-31\n"
                                   "  before                       Rp100,000\n"
                                   "  used                          Rp13,500\n"
                                   "  left                          Rp86,500\n"
                                   "----------------------------------------\n";
    struct sbk_receipt_header header = {.store = "EW-001",
        .terminal = "EW-001-A",
        .transaction = 42,
        .time = 1760500800,
        .counter = 3,
        .alias = {1, 2, 3, 4, 5, 6, 7, 8}};
    struct sbk_purse_view views[3];
    struct sbk_bill bill;
    struct sbk_error error;
    struct sbk_buffer text = SBK_BUFFER_EMPTY;
    const char *printed = NULL;
    (void)state;
    make_purses(views);
    views[0].window_end = 20392; /* 2025-10-31 */
    views[1].window_end = 20453; /* 2025-12-31 */
    assert_int_equal(split(words, 1, &everything, views, &bill, &error), SBK_OK);
    assert_int_equal(sbk_receipt_print(&header, &bill, &text, &error), SBK_OK);
    assert_int_equal(sbk_buffer_text(&text, &printed, &error), SBK_OK);
    assert_string_equal(printed, expected);
    sbk_buffer_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_split_exhausts_and_refuses),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_amounts),
        cmocka_unit_test(test_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
