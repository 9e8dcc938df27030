#include "dialogs.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QUrl>
#include <QVBoxLayout>
#include <utility>

namespace desktop {
namespace {

template <class Widget>
Widget* Named(const char* name, Widget* widget) {
  widget->setObjectName(name);
  return widget;
}

QLabel* Text(const QString& words) {
  auto* label = new QLabel(words);
  label->setTextFormat(Qt::PlainText);
  label->setWordWrap(true);
  return label;
}

QDialog* MakeDialog(const char* name, QWidget* parent, const QString& title) {
  auto* dialog = Named(name, new QDialog(parent));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(title);
  dialog->setModal(true);
  dialog->setMinimumWidth(420);
  new QVBoxLayout(dialog);
  return dialog;
}

// The proxy's part of the page.
struct ProxyBox {
  explicit ProxyBox(const Settings& now)
      : none(Named("proxy_none", new QRadioButton("None"))),
        system(Named("proxy_system", new QRadioButton("As the system has it"))),
        own(Named("proxy_own", new QRadioButton("This one:"))),
        url(Named("proxy_url", new QLineEdit(now.proxy_url))),
        user(Named("proxy_user", new QLineEdit(now.proxy_user))),
        password(Named("proxy_password", new QLineEdit(now.proxy_password))) {
    url->setPlaceholderText("http://host:port");
    password->setEchoMode(QLineEdit::Password);
    password->setPlaceholderText("asked again at the next start");
    (now.proxy == Settings::Proxy::kNone     ? none
     : now.proxy == Settings::Proxy::kSystem ? system
                                             : own)
        ->setChecked(true);
  }

  QGroupBox* Make() const {
    auto* box = new QGroupBox("Proxy");
    auto* form = new QFormLayout(box);
    for (QRadioButton* button : {none, system, own}) form->addRow(button);
    const std::pair<const char*, QLineEdit*> lines[] = {
        {"Address", url}, {"User", user}, {"Password", password}};
    for (const auto& [label, line] : lines) {
      form->addRow(label, line);
      line->setEnabled(own->isChecked());
      QObject::connect(own, &QRadioButton::toggled, line, &QLineEdit::setEnabled);
    }
    return box;
  }

  // An address without a host would mean: as the environment has it.
  bool IsWhole() const {
    return !own->isChecked() || !QUrl(url->text().trimmed()).host().isEmpty();
  }

  Settings Read() const {
    Settings settings;
    settings.proxy = none->isChecked()  ? Settings::Proxy::kNone
                     : own->isChecked() ? Settings::Proxy::kUrl
                                        : Settings::Proxy::kSystem;
    settings.proxy_url = url->text().trimmed();
    settings.proxy_user = user->text();
    settings.proxy_password = password->text();
    return settings;
  }

  QRadioButton *none, *system, *own;
  QLineEdit *url, *user, *password;
};

}  // namespace

QDialog* MakeQuestion(QWidget* parent, std::function<void(bool yes)> answered) {
  QDialog* dialog = MakeDialog("question", parent, "May we learn how you use this program?");
  dialog->layout()->addWidget(
      Text("We would like to know which functions are used: their names, the format and the number "
           "of pages of an export. No content of a document is ever sent.\n\n"
           "Until you answer, this stays on this computer. If you say no, it is erased. You can "
           "change your answer in the settings."));
  auto* buttons = new QDialogButtonBox;
  QPushButton* no = buttons->addButton("No", QDialogButtonBox::ActionRole);
  QPushButton* yes = buttons->addButton("Yes", QDialogButtonBox::ActionRole);
  Named("no", no)->setAutoDefault(false);
  Named("yes", yes)->setAutoDefault(false);
  dialog->layout()->addWidget(buttons);
  for (QPushButton* button : {no, yes}) {
    QObject::connect(button, &QPushButton::clicked, dialog, [=] {
      answered(button == yes);
      dialog->close();
    });
  }
  return dialog;
}

QDialog* MakeSettingsPage(QWidget* parent, const Choice& now,
                          std::function<void(const Choice&)> chosen) {
  QDialog* dialog = MakeDialog("settings", parent, "Settings");
  auto* telemetry = new QGroupBox("Telemetry");
  auto* rows = new QVBoxLayout(telemetry);
  auto* consent = Named("consent", new QCheckBox("Send how I use this program"));
  consent->setChecked(now.consent);
  rows->addWidget(consent);
  rows->addWidget(
      Text("Without this nothing is collected, and what was collected and not sent yet "
           "is erased at once."));
  dialog->layout()->addWidget(telemetry);
  const ProxyBox proxy(now.settings);
  dialog->layout()->addWidget(proxy.Make());
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
  Named("ok", buttons->button(QDialogButtonBox::Ok));
  dialog->layout()->addWidget(buttons);
  QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::close);
  QObject::connect(buttons, &QDialogButtonBox::accepted, dialog, [=] {
    if (!proxy.IsWhole()) return proxy.url->setFocus();
    chosen({consent->isChecked(), proxy.Read()});
    dialog->close();
  });
  return dialog;
}

}  // namespace desktop
