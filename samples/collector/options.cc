#include "samples/collector/options.h"

#include <embeddables/agent.h>

#include <CLI/CLI.hpp>

namespace collector {
namespace {

void AddCheck(CLI::App* app, Options* options) {
  CLI::App* check = app->add_subcommand(
      "check", "Run an agent's command against the contract and the faults, and judge it");
  check
      ->add_option("--only", options->only,
                   "With check: only the case of this name; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  check->prefix_command();
  check->footer(
      "embeddables-collector check [--only NAME]... COMMAND [ARGUMENT]...\n\n"
      "COMMAND is run once or twice for each case, with a collector of its own. It reads events\n"
      "from standard input, one JSON object per line, {\"name\": ..., \"props\": {...}}, sends\n"
      "them, and ends with 0 when all were delivered. It finds in the environment:\n\n"
      "  EMBEDDABLES_BASE_URL     where to send\n"
      "  EMBEDDABLES_API_KEY      for the header X-Api-Key\n"
      "  EMBEDDABLES_PROJECT      of the path /projects/.../events\n"
      "  EMBEDDABLES_EMBEDDABLE   for embeddable_id\n"
      "  EMBEDDABLES_IDENTIFIER   KEY=VALUE of the person whom the events are about\n"
      "  EMBEDDABLES_STORE        a file in which to keep events; the same in the second run\n\n"
      "Each event needs a prop event_id of its own. One line per case says whether its rule was\n"
      "kept; the exit code is 0 if all were, 1 if not, and 2 for wrong usage. For example:\n"
      "  embeddables-collector check embeddables-agent track --stdin --timeout 60");
  check->callback([check, options] {
    options->check = true;
    options->command = check->remaining();
    if (!options->command.empty() && options->command.front() == "--") {
      options->command.erase(options->command.begin());
    }
  });
}

}  // namespace

void AddOptions(CLI::App* app, Options* options) {
  app->description("A local stand-in for the Embeddables events endpoint.");
  app->add_option("--host", options->host, "Address to listen on")->capture_default_str();
  app->add_option("--port", options->port, "Port; 0 takes a free one and prints it")
      ->capture_default_str()
      ->check(CLI::Range(0, 65535));
  app->add_option("--api-key", options->api_key, "The only key accepted; default: any");
  app->add_option("--db", options->db, "Keep what is received in this SQLite file")
      ->type_name("FILE");
  app->add_option("--tls", options->tls, "Certificate and key, PEM")
      ->type_name("FILE")
      ->expected(2);
  app->add_option("--event-id-key", options->event_id_key, "The prop that carries the event id")
      ->capture_default_str();
  app->add_option("--proxy", options->proxy,
                  "Send on what was found right to this server, and show its answers, too")
      ->type_name("URL");
  app->add_option("--allow-host", options->allow_host,
                  "One more name under which a browser may ask for the page")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app->add_flag("--quiet", options->quiet, "Do not print a line an event");
  app->footer(
      "embeddables-collector check COMMAND   judge an agent; check --help says more\n\n"
      "GET /           a page that shows what happens, and has the faults as switches\n"
      "GET /_received  everything received, one JSON object per line\n"
      "GET /_refused   the last 1,000 requests that were refused, each with the rule it broke\n"
      "GET /_stats     counts\n"
      "POST /_reset    forget what was received and refused\n"
      "GET /_faults    how it misbehaves now\n"
      "POST /_faults   misbehave, by a JSON object with any of these; {} ends all\n\n"
      "  \"status\": {\"503\": 0.5, \"429\": 0.1}  answer so, with these probabilities\n"
      "  \"by_event\": {\"bad_level\": 500}      answer so to events of this name\n"
      "  \"retry_after\": \"5\"                  sent with 429 and 503; also as a date\n"
      "  \"latency_ms\": 50                    before each answer\n"
      "  \"drop_before\": 0.1                  close before the body is read, so often\n"
      "  \"drop_after\": 0.1                   keep the event, then close without an answer\n"
      "  \"no_date\": true                     answers without a Date header\n"
      "  \"portal\": true                      200 with a login page\n"
      "  \"slow_body_ms\": 500                 trickle the answer's body over so long\n"
      "  \"body_bytes\": 1000000               an answer this long instead of JSON\n"
      "  \"unknown_users\": [\"a@b.c\"]          404 ENTRY_NOT_FOUND; true: for everybody\n"
      "  \"down_s\": 10                        close every connection for so long\n\n"
      "Exit codes: 0 it was ended, 1 port, file or certificate cannot be used, 2 wrong usage.");
  AddCheck(app, options);
  app->set_version_flag("--version", embeddables::kVersion);
}

}  // namespace collector
