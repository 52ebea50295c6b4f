/* ITU-T G.711: for cards whose codec chip gives linear samples. 16-bit samples, both laws. */

#ifndef TIPRING_G711_H
#define TIPRING_G711_H

#include <stdint.h>

uint8_t mu_law_of(int16_t sample);
int16_t of_mu_law(uint8_t code);
uint8_t a_law_of(int16_t sample);
int16_t of_a_law(uint8_t code);

#endif
