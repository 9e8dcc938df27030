// Text over the picture.

#ifndef EMBEDDABLES_SAMPLES_GAME_OVERLAY_H_
#define EMBEDDABLES_SAMPLES_GAME_OVERLAY_H_

#include <SDL.h>
#include <SDL_ttf.h>

#include <string>
#include <vector>

namespace game {

class Overlay {
 public:
  explicit Overlay(SDL_Renderer* renderer);
  ~Overlay();
  Overlay(const Overlay&) = delete;
  Overlay& operator=(const Overlay&) = delete;

  // Makes pictures of the lines; Draw shows them until then.
  void Set(const std::vector<std::string>& lines);
  void Draw() const;

 private:
  void Clear();

  SDL_Renderer* renderer_;
  TTF_Font* font_;
  std::vector<SDL_Texture*> lines_;
};

}  // namespace game

#endif  // EMBEDDABLES_SAMPLES_GAME_OVERLAY_H_
