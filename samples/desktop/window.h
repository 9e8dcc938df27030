// The program's window: some buttons that track events, what became of them, and the way to the
// settings. It asks for consent when nobody has answered yet.

#ifndef EMBEDDABLES_SAMPLES_DESKTOP_WINDOW_H_
#define EMBEDDABLES_SAMPLES_DESKTOP_WINDOW_H_

#include <QDialog>
#include <QLabel>
#include <QPointer>
#include <QString>
#include <QWidget>

#include "dialogs.h"
#include "settings.h"
#include "telemetry.h"

namespace desktop {

class Window : public QWidget {
 public:
  // `telemetry` outlives it.
  Window(Telemetry* telemetry, const Settings& settings, const QString& settings_file);

  // Once in a second: the status, and the question, which goes away when another instance got the
  // answer.
  void Look();
  // Begins again with the settings as they are.
  void Restart() { telemetry_->Start(settings_); }

 private:
  void Answer(bool yes);
  void Choose(const Choice& choice);
  void ShowSettings();

  Telemetry* const telemetry_;
  Settings settings_;
  const QString settings_file_;
  QLabel* const status_;
  QLabel* const notice_;  // what came of the last change of settings
  QPointer<QDialog> question_;
  bool asked_ = false;  // once in a run; a closed question comes again with the next
};

}  // namespace desktop

#endif  // EMBEDDABLES_SAMPLES_DESKTOP_WINDOW_H_
