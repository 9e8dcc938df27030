#include "overlay.h"

#include <cstdio>

namespace game {

Overlay::Overlay(SDL_Renderer* renderer) : renderer_(renderer), font_(nullptr) {
  if (TTF_Init() == 0) {
    font_ = TTF_OpenFont("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf", 13);
  }
  if (font_ == nullptr) std::fprintf(stderr, "no overlay: %s\n", TTF_GetError());
}

Overlay::~Overlay() {
  Clear();
  if (font_ != nullptr) TTF_CloseFont(font_);
  if (TTF_WasInit() != 0) TTF_Quit();
}

void Overlay::Set(const std::vector<std::string>& lines) {
  Clear();
  if (font_ == nullptr) return;
  for (const std::string& line : lines) {
    SDL_Surface* drawn = TTF_RenderUTF8_Blended(font_, line.c_str(), {230, 230, 230, 255});
    if (drawn == nullptr) continue;
    lines_.push_back(SDL_CreateTextureFromSurface(renderer_, drawn));
    SDL_FreeSurface(drawn);
  }
}

void Overlay::Draw() const {
  SDL_SetRenderDrawColor(renderer_, 18, 20, 40, 255);
  SDL_Rect place = {10, 10, 0, 0};
  for (SDL_Texture* line : lines_) {
    SDL_QueryTexture(line, nullptr, nullptr, &place.w, &place.h);
    SDL_RenderFillRect(renderer_, &place);  // stars fall behind it
    SDL_RenderCopy(renderer_, line, nullptr, &place);
    place.y += place.h;
  }
}

void Overlay::Clear() {
  for (SDL_Texture* line : lines_) SDL_DestroyTexture(line);
  lines_.clear();
}

}  // namespace game
