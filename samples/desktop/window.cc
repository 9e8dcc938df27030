#include "window.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>
#include <functional>

namespace desktop {

using embeddables::Consent;

Window::Window(Telemetry* telemetry, const Settings& settings, const QString& settings_file)
    : telemetry_(telemetry),
      settings_(settings),
      settings_file_(settings_file),
      status_(new QLabel),
      notice_(new QLabel) {
  setWindowTitle("Documents");
  auto* rows = new QVBoxLayout(this);
  auto* buttons = new QHBoxLayout;
  const auto add = [&](const char* name, const char* label, std::function<void()> clicked) {
    auto* button = new QPushButton(label);
    button->setObjectName(name);
    connect(button, &QPushButton::clicked, this, clicked);
    buttons->addWidget(button);
  };
  add("open", "&Open", [this] { telemetry_->DocumentOpened(); });
  add("export_pdf", "Export as &PDF", [this] { telemetry_->DocumentExported("pdf", 12); });
  add("export_html", "Export as &HTML", [this] { telemetry_->DocumentExported("html", 1); });
  add("show_settings", "&Settings …", [this] { ShowSettings(); });
  rows->addLayout(buttons);
  rows->addStretch();
  for (QLabel* label : {notice_, status_}) {
    label->setTextFormat(Qt::PlainText);  // it may hold a server's words
    label->setWordWrap(true);
    rows->addWidget(label);
  }
  notice_->setObjectName("notice");
  status_->setObjectName("status");
  resize(560, 200);
}

void Window::Look() {
  status_->setText(telemetry_->Words());
  if (telemetry_->MustAsk() && !asked_) {
    asked_ = true;
    question_ = MakeQuestion(this, [this](bool yes) { Answer(yes); });
    question_->show();
  } else if (question_ != nullptr && telemetry_->consent() != Consent::kUnknown) {
    question_->close();
  }
}

void Window::Answer(bool yes) {
  if (yes) {
    telemetry_->Agree();
    notice_->setText("Thank you.");
  } else {
    notice_->setText(telemetry_->Deny());
  }
  Look();
}

void Window::ShowSettings() {
  const Choice now{telemetry_->consent() == Consent::kGiven, settings_};
  MakeSettingsPage(this, now, [this](const Choice& choice) { Choose(choice); })->show();
}

void Window::Choose(const Choice& choice) {
  notice_->clear();
  // A no comes before all else, for an agent that ends still sends what it can.
  if (choice.consent != (telemetry_->consent() == Consent::kGiven)) Answer(choice.consent);
  if (!(choice.settings == settings_)) {
    settings_ = choice.settings;
    if (!settings_.Save(settings_file_)) {
      notice_->setText("The file of settings cannot be written: they hold until you leave.");
    }
    Restart();
  }
  Look();
}

}  // namespace desktop
