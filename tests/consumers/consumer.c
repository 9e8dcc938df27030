/* consumer.cc in C: consumer STORE [URL] */

#include <embeddables/agent_c.h>
#include <stddef.h>
#include <stdio.h>

int main(int argc, char** argv) {
  emb_config config;
  emb_agent* agent = NULL;
  emb_status status = EMB_STATUS_INIT;
  int result = 0;
  if (argc < 2) return 2;
  if (emb_config_init(&config, sizeof config, EMB_ABI_VERSION) != EMB_STATUS_OK) return 3;
  config.project_id = "pr_consumer";
  config.embeddable_id = "flow_consumer";
  config.api_key = "rk_consumer";
  config.store_path = argv[1];
  if (argc > 2) config.base_url = argv[2];
  if (emb_start(&config, &agent, &status) != EMB_STATUS_OK) {
    fprintf(stderr, "%s\n", emb_status_message(&status));
    return 3;
  }
  if (argc > 2) {
    if (emb_identify(agent, "email", "a@b.c", &status) != EMB_STATUS_OK ||
        emb_track(agent, "consumed", NULL, 0, NULL, &status) != EMB_STATUS_OK ||
        emb_flush(agent, 20000, NULL, &status) != EMB_STATUS_OK) {
      fprintf(stderr, "%s\n", emb_status_message(&status));
      result = 4;
    }
  }
  if (emb_shutdown(agent, 5000, NULL, &status) != EMB_STATUS_OK) result = 5;
  emb_destroy(agent);
  printf("%s\n", emb_version());
  return result;
}
