/** Words of commands and connections in the neighbours' languages that are no English words. */
const foreign = new Set(
  // German, Dutch
  (
    "füge hinzu hinzufügen kaufen milch brot löschen anzeigen steht zur zum auf der das dem den und ich muss morgen heute liste einkaufen aufgabe aufgaben lösche erledigt zeige mir meine bitte " +
    "für nicht noch einen eine ist erinnere mich voeg toe aan mijn lijst morgen vandaag een het van taken verwijder toon boodschappen " +
    // French
    "ajoute ajouter acheter demain aujourd'hui supprime supprimer montre moi tâche tâches liste le les du des une et ma mes je dois terminé rappelle " +
    // Spanish, Portuguese
    "añade añadir agrega agregar comprar mañana hoy tarea tareas lista borra elimina muestra mis mi el la los las una y en tengo que " +
    "adiciona adicione adicionar amanhã hoje tarefa tarefas minha minhas mostre apague preciso lembra lembre leite pan leche para " +
    // Italian, Polish, Swedish
    "aggiungi comprare domani oggi mostra elimina compito devo alla della dodaj kupić jutro dzisiaj listy zadanie lägg till köp mjölk imorgon idag visa " +
    "handla uppgift uhr"
  ).split(" "),
);

/** Whether a text is in another language, as far as a few words tell. */
export function isForeign(text: string): boolean {
  const plain = text.replaceAll(/"[^"]*"/g, "");
  const letters = plain.match(/\p{Letter}/gu) ?? [];
  const other = letters.filter((letter) => !/\p{Script=Latin}/u.test(letter));
  if (other.length * 2 > letters.length) return true;
  const words = plain.toLowerCase().match(/[\p{Letter}']+/gu) ?? [];
  const known = words.filter((word) => foreign.has(word));
  return known.length >= 2 && known.length * 3 >= words.length;
}
