/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/show.h"
#include "base/i18n.h"
#include "cli/output.h"
#include "schema/reason.h"

#include <stdlib.h>

static void show_problem(struct cli_call *call, const char *path, const struct sbk_problem *problem, json_t *list) {
    const bool bad = problem->severity == SBK_PROBLEM_ERROR;
    const char *text = sbk_problem_text(problem);

    if (problem->other_line > 0) {
        cli_say(call, _("%s:%zu: %s: %s: %s (line %zu)\n"), path, problem->line, problem->field,
            bad ? _("error") : _("warning"), text, problem->other_line);
    } else {
        cli_say(
            call, "%s:%zu: %s: %s: %s\n", path, problem->line, problem->field, bad ? _("error") : _("warning"), text);
    }
    json_t *entry = json_pack("{s:I, s:s, s:s, s:s, s:s}", "line", (json_int_t)problem->line, "field", problem->field,
        "severity", bad ? "error" : "warning", "reason", problem->reason, "message", text);
    if (problem->other_line > 0) {
        (void)json_object_set_new(entry, "other-line", json_integer((json_int_t)problem->other_line));
    }
    (void)json_array_append_new(list, entry);
}

void show_problems(struct cli_call *call, const char *path, const struct sbk_roll *roll) {
    json_t *list = json_array();

    for (size_t i = 0; i < roll->problem_count; i++) {
        show_problem(call, path, &roll->problems[i], list);
    }
    cli_field(call, "problems", list);
    cli_field_int(call, "errors", (int64_t)roll->errors);
    cli_field_int(call, "warnings", (int64_t)roll->warnings);
}

static json_t *reasons_of(const size_t counts[SBK_INELIGIBLE_COUNT]) {
    json_t *reasons = json_object();

    for (int i = SBK_ELIGIBLE + 1; i < SBK_INELIGIBLE_COUNT; i++) {
        if (counts[i] > 0) {
            (void)json_object_set_new(
                reasons, sbk_ineligible_word((enum sbk_ineligible)i), json_integer((json_int_t)counts[i]));
        }
    }
    return reasons;
}

void show_plan(struct cli_call *call, const struct sbk_roll *roll, const struct sbk_plan *plan) {
    cli_say(call, _("%zu rows: %zu refused for %zu errors, %zu warnings\n"), roll->rows, roll->refused, roll->errors,
        roll->warnings);
    cli_say(call, _("%6zu households get a card\n"), plan->chosen);
    for (int i = SBK_ELIGIBLE + 1; i < SBK_INELIGIBLE_COUNT; i++) {
        if (plan->reasons[i] > 0) {
            cli_say(call, _("%6zu do not: %s\n"), plan->reasons[i], sbk_ineligible_text((enum sbk_ineligible)i));
        }
    }
    cli_field_int(call, "rows", (int64_t)roll->rows);
    cli_field_int(call, "refused", (int64_t)roll->refused);
    cli_field_int(call, "households", (int64_t)roll->count);
    cli_field_int(call, "eligible", (int64_t)plan->chosen);
    cli_field(call, "reasons", reasons_of(plan->reasons));
}

sbk_result show_places(
    struct cli_call *call, const struct sbk_roll *roll, const struct sbk_plan *plan, struct sbk_error *error) {
    struct sbk_plan_place *places = calloc(sbk_region_count(), sizeof(*places));

    if (places == NULL) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, _("out of memory"));
    }
    json_t *list = json_array();
    const size_t count = sbk_plan_places(plan, roll, places);
    for (size_t i = 0; i < count; i++) {
        const struct sbk_region *region = places[i].region;
        size_t others = 0;
        for (int reason = SBK_ELIGIBLE + 1; reason < SBK_INELIGIBLE_COUNT; reason++) {
            others += places[i].reasons[reason];
        }
        cli_say(call, _("%s  %-24s %6zu get a card, %6zu do not\n"), region->code, region->name,
            places[i].reasons[SBK_ELIGIBLE], others);
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:I, s:o}", "code", region->code, "name", region->name, "eligible",
                      (json_int_t)places[i].reasons[SBK_ELIGIBLE], "reasons", reasons_of(places[i].reasons)));
    }
    cli_field(call, "kelurahan", list);
    free(places);
    return SBK_OK;
}
