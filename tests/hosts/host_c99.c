/* A host in C99, of the shared library: tracks, pulls outcomes and log lines, ends.
 *
 *   host_c99 STORE URL COUNT
 *
 * Exit code 0: each event was delivered, and the ledger says so. */

#include <embeddables/agent_c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int fail(const char* what, const emb_status* status) {
  fprintf(stderr, "%s: %s (%s)\n", what, emb_status_message(status), emb_status_name(status->code));
  return 1;
}

int main(int argc, char** argv) {
  emb_status status = EMB_STATUS_INIT;
  emb_config config;
  emb_agent* agent = NULL;
  emb_stats stats;
  emb_outcome outcomes[16];
  emb_log_line line;
  uint64_t wanted, delivered = 0, lines = 0, count = 0, i;
  const struct timespec pause = {0, 2000000};
  if (argc != 4) return 2;
  wanted = strtoull(argv[3], NULL, 10);
  if (emb_abi_version() != EMB_ABI_VERSION) return 3;
  if (emb_config_init(&config, sizeof config, EMB_ABI_VERSION) != EMB_STATUS_OK) return 3;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.api_key = "rk_demo";
  config.store_path = argv[1];
  config.base_url = argv[2];
  config.log_level = EMB_LOG_LEVEL_DEBUG;
  if (emb_start(&config, &agent, &status) != EMB_STATUS_OK) return fail("start", &status);
  if (emb_identify(agent, "email", "a@b.c", &status) != EMB_STATUS_OK) {
    return fail("identify", &status);
  }
  for (i = 0; i < wanted; ++i) {
    emb_prop props[3];
    props[0] = emb_prop_int("n", (int64_t)i);
    props[1] = emb_metric(emb_prop_double("seconds", 0.5));
    props[2] = emb_prop_string("language", "C99 \xc3\xa4");
    if (emb_track(agent, "tick", props, 3, NULL, &status) != EMB_STATUS_OK) {
      return fail("track", &status);
    }
  }
  outcomes[0].struct_size = sizeof outcomes[0];
  line.struct_size = sizeof line;
  while (delivered < wanted) {
    if (emb_poll_outcomes(agent, outcomes, 16, &count, &status) != EMB_STATUS_OK) {
      return fail("poll_outcomes", &status);
    }
    for (i = 0; i < count; ++i) delivered += outcomes[i].kind == EMB_OUTCOME_KIND_DELIVERED;
    if (emb_poll_log(agent, &line, 1, &count, &status) != EMB_STATUS_OK) {
      return fail("poll_log", &status);
    }
    lines += count;
    nanosleep(&pause, NULL);
  }
  if (emb_shutdown(agent, 20000, NULL, &status) != EMB_STATUS_OK) return fail("shutdown", &status);
  stats.struct_size = sizeof stats;
  if (emb_get_stats(agent, &stats, &status) != EMB_STATUS_OK) return fail("get_stats", &status);
  if (!emb_ledger_balanced(&stats.ledger) || stats.ledger.delivered != wanted) return 4;
  if (lines == 0 || emb_track(agent, "late", NULL, 0, NULL, NULL) != EMB_STATUS_NOT_RUNNING) {
    return 5;
  }
  emb_destroy(agent);
  printf("delivered %llu\n", (unsigned long long)delivered);
  return 0;
}
