/* A program for the ABI of MSVC's compiler that uses the DLL: it tracks, and finds its event
 * stored. It is built without any library of that compiler, so that another system can link it. */

#include <embeddables/agent_c.h>

int puts(const char* text);
void exit(int code);

/* The compiler asks for it where floating point is used. */
int _fltused = 0;

static int Fail(const char* what, const emb_status* status) {
  puts(what);
  puts(emb_status_message(status));
  return 1;
}

static int Run(void) {
  emb_config config;
  emb_status status = EMB_STATUS_INIT;
  emb_agent* agent = 0;
  emb_prop props[2];
  emb_flush_result stored = {sizeof stored};
  if (emb_config_init(&config, sizeof config, EMB_ABI_VERSION) != EMB_STATUS_OK) return 1;
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.store_only = 1;
  config.store_path = "events.db"; /* in the folder that it runs in */
  if (emb_start(&config, &agent, &status) != EMB_STATUS_OK) return Fail("start", &status);
  props[0] = emb_prop_int("level", 3);
  props[1] = emb_prop_string("difficulty", "hard");
  if (emb_track(agent, "level_complete", props, 2, 0, &status) != EMB_STATUS_OK) {
    return Fail("track", &status);
  }
  if (emb_persist(agent, 20000, &stored, &status) != EMB_STATUS_OK) return Fail("persist", &status);
  if (stored.persisted != 1) return Fail("it is not stored", &status);
  emb_shutdown(agent, 2000, 0, 0);
  emb_destroy(agent);
  puts(emb_version());
  return 0;
}

/* What the linker begins with, in place of a C library's start. */
void Begin(void) { exit(Run()); }
