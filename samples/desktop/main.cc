// A desktop program with telemetry, to start from: consent, proxies, sleep, several instances, and
// every way to end. Run `embeddables-collector` beside it.

#include <QApplication>
#include <QCommandLineParser>
#include <QSessionManager>
#include <QStandardPaths>
#include <QTimer>
#include <chrono>
#include <csignal>

#include "person.h"
#include "settings.h"
#include "sleep.h"
#include "telemetry.h"
#include "window.h"

using namespace std::chrono_literals;

namespace {

volatile std::sig_atomic_t ended_by_signal = 0;

void OnSignal(int) { ended_by_signal = 1; }

// The options of this run, or what holds without them.
class Options {
 public:
  explicit Options(const QApplication& app) {
    const QString folder = QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation);
    parser_.addOptions({
        {"url", "The server's address.", "URL", "http://127.0.0.1:8080"},
        {"store", "The file of events that wait; empty: the agent's own place.", "FILE"},
        {"settings", "The file of settings.", "FILE", folder + "/settings.ini"},
        {"script", "What a person does: see person.h.", "FILE"},
    });
    parser_.addHelpOption();
    parser_.process(app);
  }
  QString operator[](const char* name) const { return parser_.value(name); }

 private:
  QCommandLineParser parser_;
};

}  // namespace

int main(int argc, char** argv) {
  QApplication app(argc, argv);
  QApplication::setApplicationName("embeddables-desktop");
  const Options options(app);

  const auto settings = desktop::Settings::Load(options["settings"]);
  desktop::Telemetry telemetry(options["url"].toStdString(), options["store"].toStdString());
  telemetry.Start(settings);
  desktop::Window window(&telemetry, settings, options["settings"]);

  // The lid is shut, and opened.
  const auto sleep =
      desktop::SleepWatch::Make([&] { telemetry.Sleep(); }, [&] { telemetry.Wake(); });

  // The session ends: nobody says whether we shall be given time after this. If it was called off,
  // telemetry begins again.
  const auto session_ends = [&] {
    telemetry.End();
    QTimer::singleShot(10s, &window, [&] { window.Restart(); });
  };
  QObject::connect(
      &app, &QGuiApplication::commitDataRequest, &window, [&](QSessionManager&) { session_ends(); },
      Qt::DirectConnection);

  // A signal may come at any instruction, so it only leaves a mark.
  std::signal(SIGTERM, OnSignal);
  std::signal(SIGINT, OnSignal);

  QTimer second;
  QObject::connect(&second, &QTimer::timeout, &window, [&] {
    if (ended_by_signal) QApplication::quit();
    window.Look();
  });
  second.start(1s);

  window.show();
  window.Look();
  const desktop::Person person(options["script"], session_ends);
  const int code = QApplication::exec();
  telemetry.End();
  return code;
}
