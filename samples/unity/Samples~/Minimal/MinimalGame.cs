using Embeddables;
using UnityEngine;

// Put it on an object beside the Telemetry component, press Play, answer, and complete levels.
public sealed class MinimalGame : MonoBehaviour {
  public string playerId = "p-17";
  string last = "";
  int level;

  void OnEnable() { Telemetry.OutcomeArrived += Tell; }
  void OnDisable() { Telemetry.OutcomeArrived -= Tell; }

  void Start() { Telemetry.Identify("player_id", playerId); }

  void OnGUI() {
    if (Telemetry.Consent == Consent.Unknown) {
      GUILayout.Label("May this game send how it is played?");
      if (GUILayout.Button("Yes")) Telemetry.SetConsent(true);
      if (GUILayout.Button("No")) Telemetry.SetConsent(false);
    }
    if (GUILayout.Button("Complete a level")) CompleteLevel();
    GUILayout.Label(last);
  }

  public void CompleteLevel() {
    Status status = Telemetry.Track("level_complete", new Prop("level", ++level),
                                    new Prop("seconds", 61.5).Metric(),
                                    new Prop("difficulty", "hard").Dimension());
    if (!status.Ok) last = status.Message;
  }

  void Tell(Outcome outcome) { last = outcome.EventName + ": " + outcome.Kind; }
}
