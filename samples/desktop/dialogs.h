// The question, and the page of settings. Both close by themselves or by the person, and block
// nothing.

#ifndef EMBEDDABLES_SAMPLES_DESKTOP_DIALOGS_H_
#define EMBEDDABLES_SAMPLES_DESKTOP_DIALOGS_H_

#include <QDialog>
#include <QString>
#include <QWidget>
#include <functional>

#include "settings.h"

namespace desktop {

// "May we?" Neither answer is the default, and a closed window is no answer.
QDialog* MakeQuestion(QWidget* parent, std::function<void(bool yes)> answered);

struct Choice {
  bool consent = false;
  Settings settings;
};
QDialog* MakeSettingsPage(QWidget* parent, const Choice& now,
                          std::function<void(const Choice&)> chosen);

}  // namespace desktop

#endif  // EMBEDDABLES_SAMPLES_DESKTOP_DIALOGS_H_
